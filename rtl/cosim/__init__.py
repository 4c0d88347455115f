"""The emitted Verilog in a simulator, with NumPy crossbars at its analog ports."""
