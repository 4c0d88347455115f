"""The commands: one verb a file.

`pulsetrain` enters at `main`. A command reads a design (`command.load`), calls `models`, `sim` or
`rtl`, writes a directory and says what it found. Whatever a user can get wrong is raised as
`models.error.DesignError`, printed as one sentence and answered with exit code 2; an
interrupt as `interrupt.StoppedError`, with 130.
"""
