"""What teachers and students do in a class: one method each, whoever calls it."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from typing import Any

from dropout_demo.arms import arm_name, arm_of
from dropout_demo.class_rules.codes import new_code
from dropout_demo.class_rules.modes import Rules, assigned, check_run, problems_of_seeds
from dropout_demo.config import MAX_NAME_CHARACTERS, RunConfig
from dropout_demo.jobs import Jobs
from dropout_demo.lessons.cards import cards
from dropout_demo.map import arms_of_map
from dropout_demo.map_board import name_of
from dropout_demo.problems import ConfigError, Problem, shown
from dropout_demo.refusal import Refusal
from dropout_demo.store import Class, Store, Student

KEPT_DAYS = 180
"""A class in which nothing has happened for so long is deleted; its runs stay with its students."""

DAY = 24 * 3_600.0

ENDED = "The class has ended; its teacher can open it again."


class Classroom:
    """All classes of a server. Its methods may be called from any thread.

    Methods raise Refusal for what is not allowed, ConfigError for bad input, StoreFull and
    QueueFull where there is no room, StoreError.
    """

    def __init__(self, store: Store, jobs: Jobs) -> None:
        self.store, self.jobs = store, jobs
        # One act at a time: nobody starts a run twice, and none begins in a class that is ending.
        self._acting = threading.RLock()

    def open(self, owner: str, name: str, setting: RunConfig, rules: Rules) -> tuple[str, str]:
        """Open a class: its code, and the secret of the teacher's own link, said this once."""
        problems = problems_of_seeds(rules, setting)
        clean = ""
        try:
            clean = clean_name(name)
        except ConfigError as error:
            problems = [*error.problems, *problems]
        if problems:
            raise ConfigError(problems)
        self.purge()
        secret = secrets.token_urlsafe(18)
        while True:
            code = new_code()
            if self.store.add_class(code, owner, hash_of(secret), clean, setting, rules):
                return code, secret

    def purge(self) -> int:
        """Delete the classes that have not been used for `KEPT_DAYS`; how many."""
        return self.store.purge_classes(time.time() - KEPT_DAYS * DAY)

    def class_(self, code: str) -> Class:
        """The class of a code."""
        found = self.store.class_(code)
        if found is None:
            raise Refusal(404, "There is no class of this code.", "code")
        return found

    def taught_by(self, code: str, owner: str | None, secret: str | None) -> Class:
        """The class, for its teacher: known by the browser that opened it, or by the secret."""
        found = self.class_(code)
        if not self.teaches(found, owner, secret):
            raise Refusal(403, "Only the teacher of a class may do this.")
        return found

    def teaches(self, found: Class, owner: str | None, secret: str | None) -> bool:
        """Whether this is the class's teacher."""
        if secret is not None and secrets.compare_digest(hash_of(secret), found.key):
            return True
        return owner is not None and secrets.compare_digest(owner, found.owner)

    def words(self, found: Class, config: RunConfig) -> dict[str, Any]:
        """What a student is about to train: its cell of the map, its dropout, its seed."""
        cell = arms_of_map(found.setting).get(arm_of(config))
        return {
            "cell": None if cell is None else name_of(cell),
            "arm": arm_name(config),
            "seed": config.seed,
            "seconds": round(self.jobs.forecast([config], ""), 1),
        }

    # What students do.

    def join(self, code: str, owner: str, nickname: str) -> Student:
        """Take a seat, or change the nickname at one's own."""
        with self._acting:
            self._not_ended(code)
            return self.store.join(code, owner, nickname)

    def student(self, code: str, owner: str) -> Student:
        """Who asks, who must have joined."""
        found = self.store.student(code, owner)
        if found is None:
            raise Refusal(403, "Join the class first.", "nickname")
        return found

    def next_run(self, found: Class, student: Student, done: int) -> RunConfig | None:
        """The run that a student is to start after `done` others; None: it is theirs to say."""
        return assigned(found.rules, found.setting, student.seat, done)

    def start(
        self, code: str, owner: str, number: int, asked: RunConfig | None = None
    ) -> tuple[str, bool]:
        """Start a student's run of this number, from 0: its id, and whether it is new.

        A number that was started before gives that run: pressing twice trains once. `asked` is of
        use in a contest alone; elsewhere the class says what is trained.
        """
        with self._acting:
            found = self._not_ended(code)
            student = self.student(code, owner)
            mine = self.store.class_runs(code, owner)
            if number < len(mine):
                return mine[number].run, False
            if number > len(mine):
                allowed = f"{len(mine)}, the number of runs you have started"
                raise ConfigError([Problem("number", str(number), allowed)])
            config = self.next_run(found, student, number)
            if config is None:
                config = found.setting if asked is None else asked
            begun = self.store.some([run.run for run in mine], put_away=True)
            before = [run.config for run in begun]
            check_run(found.rules, found.setting, config, before)
            return self.jobs.submit([config], owner, group=code)[0], True

    def vote(self, code: str, owner: str, question: int, choice: int) -> None:
        """Keep a student's prediction, until the answer is revealed."""
        with self._acting:
            found = self._not_ended(code)
            self.student(code, owner)
            if question != found.question or found.question == 0:
                raise Refusal(409, "This question is not open.", "question")
            if found.revealed:
                raise Refusal(409, "The answer is revealed; votes are closed.", "question")
            options = cards()[question].guess.options
            if not 0 <= choice < len(options):
                allowed = f"a whole number from 0 to {len(options) - 1}"
                raise ConfigError([Problem("choice", str(choice), allowed)])
            self.store.vote(code, question, owner, choice)

    # What the teacher does; `taught_by` comes first.

    def pause(self, code: str) -> None:
        """No waiting run of the class begins; what trains goes on."""
        with self._acting:
            self._not_ended(code)
            self.store.change_class(code, state="paused")
            self.jobs.hold(code)

    def resume(self, code: str) -> None:
        """The class's waiting runs begin again."""
        with self._acting:
            self._not_ended(code)
            self.store.change_class(code, state="open")
            self.jobs.go_on(code)

    def end(self, code: str) -> None:
        """Nobody joins, starts or votes any more, and what waits is cancelled."""
        with self._acting:
            self.store.change_class(code, state="ended")
            self._cancel_what_waits(code)

    def finish_ending(self) -> None:
        """Cancel what still waits of classes that ended just before their server was killed."""
        for code in self.store.waiting_in("ended"):
            with self._acting:
                self._cancel_what_waits(code)

    def _cancel_what_waits(self, code: str) -> None:
        self.jobs.hold(code)  # none of them begins meanwhile
        try:
            for run in self.store.class_runs(code):
                if run.status == "queued":
                    self.jobs.cancel(run.run)
        finally:
            self.jobs.go_on(code)

    def reopen(self, code: str) -> None:
        """An ended class goes on."""
        with self._acting:
            self.class_(code)
            self.store.change_class(code, state="open")
            self.jobs.go_on(code)

    def delete(self, code: str) -> None:
        """Away with the class, its nicknames and votes. Its runs stay with their owners."""
        with self._acting:
            self.end(code)
            self.store.delete_class(code)

    def stop(self, code: str, run: str) -> None:
        """End a run of the class."""
        if run not in {one.run for one in self.store.class_runs(code)}:
            raise Refusal(404, "There is no run of this id in the class.", "run")
        if not self.jobs.cancel(run):
            raise Refusal(409, "The run has ended; there is nothing to stop.", "run")

    def hide(self, code: str, seat: int, *, hidden: bool) -> None:
        """Whether the class sees a student's nickname."""
        if not self.store.hide_student(code, seat, hidden=hidden):
            raise Refusal(404, "There is no student at this seat.", "seat")

    def ask(self, code: str, question: int) -> None:
        """Put a claim to the vote, by its number; 0 closes the vote."""
        if question != 0 and question not in cards():
            allowed = f"0 for none, or a claim from 1 to {len(cards())}"
            raise ConfigError([Problem("question", str(question), allowed)])
        with self._acting:
            self._not_ended(code)
            self.store.change_class(code, question=question, revealed=False)

    def reveal(self, code: str, *, revealed: bool = True) -> None:
        """Show votes and answer to the class, or cover them again."""
        with self._acting:
            if self.class_(code).question == 0:
                raise Refusal(409, "No question is open.", "question")
            self.store.change_class(code, revealed=revealed)

    def train_own(self, code: str, config: RunConfig) -> str:
        """The teacher's run, which goes before all of the class that wait; its id."""
        with self._acting:
            found = self._not_ended(code)
            return self.jobs.submit([config], found.owner, group=code, first=True)[0]

    def new_secret(self, code: str) -> str:
        """Another secret for the teacher's link; the old one is worth nothing from now on."""
        secret = secrets.token_urlsafe(18)
        self.store.change_class(code, key=hash_of(secret))
        return secret

    def _not_ended(self, code: str) -> Class:
        found = self.class_(code)
        if found.state == "ended":
            raise Refusal(409, ENDED)
        return found


def clean_name(text: Any) -> str:
    """A class's name on one line. Raises ConfigError."""
    name = " ".join(text.split()) if isinstance(text, str) and len(text) < 10_000 else ""
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        allowed = f"1 to {MAX_NAME_CHARACTERS} characters on one line"
        raise ConfigError([Problem("name", shown(text), allowed)])
    return name


def hash_of(secret: str) -> str:
    """As which the store keeps it."""
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
