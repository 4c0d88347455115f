// Trains the machine of emulated.v on the samples of elements.hex and labels.hex.
// A simulator drives `clk` and stops at $$finish; `rst` is high in the first clock.
module bench (input clk);
  reg [$digital_bits-1:0] elements [0:$count-1];
  reg [$label_bits:0] labels [0:$samples-1];
  integer given = 0, marked = 0, row;
  integer outputs, classes, ops, counters;
  reg rst = 1;
  initial begin
    $$readmemh("elements.hex", elements);
    $$readmemh("labels.hex", labels);
    outputs = $$fopen("outputs.txt", "w");
    classes = $$fopen("classes.txt", "w");
    ops = $$fopen("ops.txt", "w");
    counters = $$fopen("counters.txt", "w");
  end

  wire i_ready, label_ready, o_valid, class_valid, stall, done;
  wire [$digital_bits:0] o;
  wire signed [$digital_bits-1:0] value = o[$digital_bits-1:0];
  wire [$label_bits-1:0] o_class;
  wire [47:0] cycle, clock;
$wires
  emulated dut (
    .clk(clk), .rst(rst), .cycle(cycle), .clock(clock), .stall(stall), .done(done),
    .i__valid(given < $count), .i__ready(i_ready), .i__payload(elements[given]),
    .i_label__valid(marked < $samples), .i_label__ready(label_ready),
    .i_label__payload(labels[marked]),
    .i_host__valid(1'b0), .i_host__payload($host_bits'b0), .i_host__ready(),
    .o_host__valid(), .o_host__payload(), .o_host__ready(1'b1),
$ports
    .o__valid(o_valid), .o__payload(o), .o__ready(1'b1),
    .o_class__valid(class_valid), .o_class__payload(o_class), .o_class__ready(1'b1)
  );

  always @(posedge clk) begin
    rst <= 0;
    if (!rst) begin
      if (i_ready && given < $count) given <= given + 1;
      if (label_ready && marked < $samples) marked <= marked + 1;
      if (o_valid) begin
        $$fwrite(outputs, "%0d ", value);
        if (o[$digital_bits]) $$fwrite(outputs, "\n");
      end
      if (class_valid) $$fwrite(classes, "%0d\n", o_class);
$traces
      if (done) begin
        $$fwrite(counters, "%0d %0d\n", cycle, clock);
        $$finish;
      end
    end
  end
endmodule
