"""From a component to a bitstream: boards, their clocks, the tools, and what these report."""
