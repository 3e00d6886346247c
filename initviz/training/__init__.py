"""How networks learn: ``Experiment`` → ``train`` → ``Run``, one at a time or in sweeps."""
