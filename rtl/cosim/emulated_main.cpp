// Drives the clock of bench.v until it finishes.
#include "Vbench.h"
#include "verilated.h"

int main(int count, char **arguments) {
    VerilatedContext context;
    context.commandArgs(count, arguments);
    Vbench bench{&context};
    while (!context.gotFinish()) {
        bench.clk = 0;
        bench.eval();
        bench.clk = 1;
        bench.eval();
    }
    bench.final();
}
