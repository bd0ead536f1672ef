"""Our engine beside its peers and beside hand-written NumPy: ``python -m benchmarks``.

`workloads` says what is computed, `engines` how each engine computes it, `worker` runs one engine in a
process of its own, `running` drives the workers in turn, `report` writes RESULTS.md. `tricks` takes our own
speed apart.
"""
