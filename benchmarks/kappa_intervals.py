"""How often the intervals of weighted kappa cover the true kappa: why the bootstrap is the default.

    python -m benchmarks.kappa_intervals

Simulated cohorts of two systems: the grade of the second is that of the first with a given chance, else a
neighbour. For each setting the share of cohorts whose interval of 95 % covers the kappa of the population;
cohorts in which nobody differs have no interval and count as not covered.
"""

import numpy as np

from becalm.scales.agreement.kappa import WEIGHTINGS, Weighting, kappas, weighted_kappa

GRADES = np.array([0.18, 0.35, 0.25, 0.15, 0.07])
COHORTS = 400
RESAMPLES = 1000


def population(stays: float) -> np.ndarray:
    """The share of patients by grade in both systems."""
    size = len(GRADES)
    table = np.diag(GRADES * stays)
    for grade, share in enumerate(GRADES):
        near = [other for other in (grade - 1, grade + 1) if 0 <= other < size]
        for other in near:
            table[grade, other] += share * (1 - stays) / len(near)
    return table


def covered(stays: float, patients: int, weighting: Weighting, rng: np.random.Generator) -> tuple[float, ...]:
    """The share of cohorts whose analytic and bootstrap interval cover, and of those without any."""
    table = population(stays)
    true = float(kappas(table[None], weighting)[0])
    counts = dict.fromkeys(("analytic", "bootstrap", "none"), 0)
    for cohort in range(COHORTS):
        drawn = rng.multinomial(patients, table.ravel()).reshape(table.shape)
        found = weighted_kappa(drawn, weighting, resamples=RESAMPLES, seed=cohort)
        for method in ("analytic", "bootstrap"):
            interval = found.analytic if method == "analytic" else found.bootstrap
            if interval.low is not None and interval.high is not None:
                counts[method] += interval.low <= true <= interval.high
        counts["none"] += found.analytic.low is None
    return tuple(count / COHORTS for count in counts.values())


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    print(f"{COHORTS} cohorts each, {RESAMPLES} resamples, seed 1")
    print("agree patients weights   analytic bootstrap without")
    for stays in (0.5, 0.8, 0.95):
        for patients in (20, 50, 100, 300):
            for weighting in WEIGHTINGS:
                analytic, bootstrap, none = covered(stays, patients, weighting, rng)
                print(f"{stays:5.2f} {patients:8} {weighting:9} {analytic:8.3f} {bootstrap:9.3f} {none:7.3f}")


if __name__ == "__main__":
    main()
