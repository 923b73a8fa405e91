"""Runs that wait: they go round the learners, so that nobody is held up by another's many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dropout_demo.job import Job


class Line:
    """Waiting runs in the order in which they will begin. Whoever uses it holds a lock.

    Each learner's runs stand in rounds: the first in the round that is under way, the next in the
    one after it, and so on. A round ends when nobody has a run left in it; within a round, and of
    one learner, who came first goes first. Who comes later thus waits for one run of everybody
    else at most, however many they have. (Round-robin, the unit-cost case of fair queueing:
    Nagle 1987, RFC 970.)
    """

    def __init__(self) -> None:
        self._jobs: list[Job] = []  # in the order in which they came
        self._round = 0  # the one under way
        self._last: dict[str, int] = {}  # by owner, the round of the run that began last

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job: object) -> bool:
        return job in self._jobs

    def __iter__(self) -> Iterator[Job]:
        """In the order in which they will begin, if nobody comes."""
        return iter(self.with_more(()))

    def with_more(self, jobs: Sequence[Job]) -> list[Job]:
        """As it would stand if these came now."""
        rounds = {owner: at + 1 for owner, at in self._last.items()}
        places = []
        for came, job in enumerate([*self._jobs, *jobs]):
            at = max(self._round, rounds.get(job.owner, 0))
            rounds[job.owner] = at + 1
            places.append((at, came, job))
        return [job for *_, job in sorted(places, key=lambda place: place[:2])]

    def add(self, jobs: Iterable[Job]) -> None:
        """They come, in this order."""
        self._jobs += jobs

    def put_back(self, job: Job) -> None:
        """It had left without beginning; of its owner's it is the next."""
        self._jobs.insert(0, job)

    def remove(self, job: Job) -> None:
        """It leaves without beginning. Raises ValueError when it does not wait."""
        self._jobs.remove(job)

    def take(self) -> Job:
        """The next one, which begins now. Raises IndexError when nobody waits."""
        job = self.with_more(())[0]
        self._jobs.remove(job)
        at = max(self._round, self._last.get(job.owner, -1) + 1)
        if at > self._round:  # who had no run in the rounds before has nothing to catch up on
            self._last = {owner: last for owner, last in self._last.items() if last >= at}
        self._round = self._last[job.owner] = at
        return job
