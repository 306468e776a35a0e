"""Set-up of a clone at its first use, and the environment of everything that `./vital` starts.

Standard library only, and imported before anything is installed. One step of the set-up is one `Step`; its stamp holds
the digest of what the step was made from, so that a later start compares a few hashes and is done.
"""
