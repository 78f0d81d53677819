"""How far each way of "What cures it" learns: the table of docs/measured.md, made anew.

``python -m benchmarks.cures [--updates 300] [--seeds 0 1 2] [--tasks adding echo]``
"""

from __future__ import annotations

import argparse

from rnnviz.laboratory.cures.compute import CURES, TASKS, cure_run, plan
from rnnviz.laboratory.cures.say import longest


def main() -> None:
    """Print a row for each task and seed, and the runs that overfit or broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--updates", type=int, default=300)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    wanted = parser.parse_args()
    names = [cure.name for cure in CURES]
    print("| | " + " | ".join(cure.label for cure in CURES) + " |")
    print("|---" * (len(names) + 1) + "|")
    for task in wanted.tasks:
        for seed in wanted.seeds:
            runs = [cure_run(task, steps, cure, seed, wanted.updates) for steps, cure in plan()]
            reach = longest(runs, names)
            row = " | ".join(str(reach[name] or "–") for name in names)
            print(f"| {task}, seed {seed} | {row} |", flush=True)
            for run in runs:
                if run.verdict in ("overfits", "not finite"):
                    print(f"{run.cure.label} at T = {run.steps}: {run.verdict}")
            print(f"{sum(run.seconds for run in runs):.0f} s of training", flush=True)


if __name__ == "__main__":
    main()
