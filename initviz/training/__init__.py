"""How networks learn: ``Experiment`` → ``train`` → ``Run``, and sweeps. Imports networks."""
