"""What turns a clone into a running system; needs Python 3.11 and nothing else."""
