"""Published experiments, each by one command: what a paper claims, its numbers and ours.

A reproduction (`reproduction.py`) is a plan of independent cells, each a design or a drive of it
under one seed (`cell.py`), and a report of what they found: tables with the paper's values beside
ours, claims with what they are held against, and sentences on what differs. The runner (`run.py`)
keeps every finished cell in the run's folder, so that a stopped run goes on where it was; the
command (`command.py`) writes text, figure and `result.json` with everything that led to them.

One file is one published system. A claim's tolerance follows from the spread over seeds
(`spread.py`); a number that was not seen in the source's text has a star.
"""
