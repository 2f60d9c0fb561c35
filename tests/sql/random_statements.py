"""One random statement from one seed: the whole generator."""

from random_parts import with_used
from random_writes import Writes


class Nasty(Writes):
    """A query or a write, made to be hard on the planner."""

    def __init__(self, seed, mode):
        super().__init__(seed, mode)
        self.ready = []
        # Whether most sharded tables get the same customer, so that one shard can answer.
        self.pinned = self.chance(0.3)

    def statement(self, kind):
        return with_used(self.write() if kind == "write" else self.select())
