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

    A run that is `first` goes before all others of its round. It takes the earliest turn that its
    group has in line, and the group's other runs those that are left: whoever is of another group
    waits for as many turns of this one as before, within each round.

    Groups in `held` keep their places and do not begin, runs that are `first` excepted.
    """

    def __init__(self) -> None:
        self._jobs: list[Job] = []  # in the order in which they came
        self._round = 0  # the one under way
        self._last: dict[str, int] = {}  # by whose turn it was, the round of the last that began
        self.held: set[str] = set()

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job: object) -> bool:
        return job in self._jobs

    def __iter__(self) -> Iterator[Job]:
        """In the order in which they will begin, if nobody comes; those held at the end."""
        return iter([*self.with_more(()), *self.waiting_on_hold()])

    def waiting_on_hold(self) -> list[Job]:
        """Those that will not begin until their group goes on, in the order in which they came."""
        return [job for job in self._jobs if self._held(job)]

    def with_more(self, jobs: Sequence[Job]) -> list[Job]:
        """In the order in which they would begin if these came now; without those held."""
        return self._in_turn([job for job in [*self._jobs, *jobs] if not self._held(job)])

    def _in_turn(self, jobs: Sequence[Job]) -> list[Job]:
        """These, which are in the order in which they came, in the order of rounds."""
        rounds = {turn: at + 1 for turn, at in self._last.items()}
        places = []
        for came, job in enumerate(jobs):
            at = max(self._round, rounds.get(job.turn, 0))
            rounds[job.turn] = at + 1
            places.append((at, not job.first, came, job))
        return [job for *_, job in sorted(places, key=lambda place: place[:3])]

    def add(self, jobs: Iterable[Job]) -> None:
        """They come, in this order."""
        new = list(jobs)
        self._jobs += new
        for group in dict.fromkeys(job.group for job in new if job.first):
            self._change_turns(group)

    def _change_turns(self, group: str) -> None:
        """The group's runs that are `first` take its earliest turns."""
        theirs = [job for job in self._in_turn(self._jobs) if job.group == group]
        turns = [(self._jobs.index(job), job.turn) for job in theirs]
        for (place, turn), job in zip(turns, sorted(theirs, key=_later), strict=True):
            self._jobs[place], job.turn = job, turn

    def _held(self, job: Job) -> bool:
        return job.group in self.held and not job.first

    def put_back(self, job: Job) -> None:
        """It had left without beginning; of its owner's it is the next."""
        self._jobs.insert(0, job)

    def remove(self, job: Job) -> None:
        """It leaves without beginning. Raises ValueError when it does not wait."""
        self._jobs.remove(job)

    def take(self) -> Job | None:
        """The next one, which begins now; None when there is none, or all are held."""
        line = self.with_more(())
        if not line:
            return None
        job = line[0]
        self._jobs.remove(job)
        at = max(self._round, self._last.get(job.turn, -1) + 1)
        if at > self._round:  # who had no run in the rounds before has nothing to catch up on
            self._last = {turn: last for turn, last in self._last.items() if last >= at}
        self._round = self._last[job.turn] = at
        return job


def _later(job: Job) -> bool:
    return not job.first
