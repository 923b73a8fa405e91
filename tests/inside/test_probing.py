"""The real process behind the Inside page, asked from threads as pages do."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from dropout_demo.inside.classify import Classify
from dropout_demo.inside.learned import (
    FiltersQuestion,
    MapsQuestion,
    MistakesQuestion,
    PeaksQuestion,
)
from dropout_demo.inside.masks import Masks
from dropout_demo.inside.networks import NetworkRef
from dropout_demo.inside.passes import PassesQuestion
from dropout_demo.probing import MOST_IN_ADVANCE, ProbeFailed, Probing, Told
from tests.inside.conftest import TINY
from tests.serving import prepared_home, until

FILTERS, MISTAKES = FiltersQuestion(), MistakesQuestion()


@pytest.fixture(scope="module")
def probing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Probing]:
    """One process for all tests of this module; it is gone after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DROPOUT_DEMO_HOME", str(prepared_home(tmp_path_factory)))
        made = Probing(lambda: 1)
        made.warm()
        yield made
        pid = made.pid()
        made.close()
    assert pid is None or not psutil.pid_exists(pid)


@pytest.fixture
def network(weights: Path) -> NetworkRef:
    return NetworkRef(TINY, weights / TINY.hash, 2)


def answer(probing: Probing, question: Any, *networks: NetworkRef) -> dict[str, Any]:
    *_, last = probing.ask(question, networks)
    assert last.answer is not None
    return last.answer


def test_an_answer_comes_after_progress_and_the_same_again_at_once(
    probing: Probing, network: NetworkRef
) -> None:
    told = list(probing.ask(MISTAKES, [network]))
    shares = [news.done for news in told]
    assert shares == sorted(shares)
    assert len(told) > 2
    assert told[-1].answer is not None
    assert list(probing.ask(MISTAKES, [network])) == [told[-1]]


def test_a_class_that_asks_the_same_at_once_shares_one_answer(
    probing: Probing, network: NetworkRef
) -> None:
    first = NetworkRef(network.config, network.folder, 1)
    before = probing._count
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: answer(probing, MISTAKES, first), range(20)))
    assert all(one == answers[0] for one in answers)
    assert probing._count == before + 1


def test_an_error_is_a_sentence_and_is_not_kept(probing: Probing, tmp_path: Path) -> None:
    nowhere = NetworkRef(TINY, tmp_path, 2)
    for _ in range(2):
        with pytest.raises(ProbeFailed, match="not kept any more"):
            list(probing.ask(FILTERS, [nowhere]))


def test_who_leaves_ends_the_work_unless_another_waits_for_it(
    probing: Probing, network: NetworkRef
) -> None:
    untrained = NetworkRef(network.config, network.folder, 0)
    leaving = probing.ask(MISTAKES, [untrained])
    next(leaving)
    done = threading.Event()
    stays = probing.listen(MISTAKES, [untrained], lambda told: told.ended and done.set())
    leaving.close()
    assert done.wait(30)
    stays()
    other = NetworkRef(TINY.without_dropout(), network.folder, 0)
    leaving = probing.ask(MISTAKES, [other])
    next(leaving)
    leaving.close()
    assert probing._asked == {}
    assert answer(probing, FILTERS, network)


def test_with_a_beat_whoever_asks_is_not_held_up_by_a_process_that_says_nothing(
    probing: Probing, weights: Path
) -> None:
    probing.warm()
    pid = probing.pid()
    assert pid is not None
    plain = TINY.without_dropout()
    twin = NetworkRef(plain, weights / plain.hash, 2)
    psutil.Process(pid).suspend()
    try:
        asking = probing.ask(FILTERS, [twin], beat=0.01)
        assert [next(asking).done for _ in range(4)] == [0.0] * 4
    finally:
        psutil.Process(pid).resume()
    *_, last = asking
    assert last.answer is not None


def test_what_was_asked_in_advance_is_there_at_once(probing: Probing, weights: Path) -> None:
    twin = TINY.without_dropout()
    network = NetworkRef(twin, weights / twin.hash, 1)
    probing.advance(MISTAKES, [network])
    until(lambda: not probing._asked, what="the answer in advance")
    assert len(list(probing.ask(MISTAKES, [network]))) == 1


def test_a_process_that_was_killed_fails_its_questions_and_the_next_is_answered(
    probing: Probing, network: NetworkRef
) -> None:
    probing.warm()
    pid = probing.pid()
    assert pid is not None
    told: list[Told] = []
    psutil.Process(pid).suspend()  # so that it cannot answer before it is killed
    twin = TINY.without_dropout()
    probing.listen(MISTAKES, [NetworkRef(twin, network.folder, 0)], told.append)
    psutil.Process(pid).kill()
    until(lambda: any(news.ended for news in told), what="the end")
    assert told[-1].error is not None
    assert "was killed" in told[-1].error
    assert answer(probing, FILTERS, NetworkRef(TINY, network.folder, 1))
    assert probing.pid() not in (None, pid)


def test_what_is_asked_between_a_processs_end_and_the_news_of_it_is_never_left_waiting(
    probing: Probing, network: NetworkRef
) -> None:
    twin = NetworkRef(TINY.without_dropout(), network.folder, 0)
    for image in range(3):
        probing.warm()
        pid = probing.pid()
        assert pid is not None
        psutil.Process(pid).kill()
        psutil.Process(pid).wait()  # ended, and perhaps nobody has read so yet
        with suppress(ProbeFailed):  # told so, if the dying process was asked
            answer(probing, MapsQuestion(image=image), twin)
        assert answer(probing, MapsQuestion(image=image), twin)
        assert probing._asked == {}


def test_only_the_newest_questions_are_answered_in_advance(
    probing: Probing, network: NetworkRef
) -> None:
    untrained = NetworkRef(network.config, network.folder, 0)
    for channel in range(3 * MOST_IN_ADVANCE):
        probing.advance(PeaksQuestion(layer="conv3", channel=channel), [untrained])
        assert len(probing._asked) <= MOST_IN_ADVANCE
    until(lambda: not probing._asked, what="the answers in advance")
    newest = PeaksQuestion(layer="conv3", channel=3 * MOST_IN_ADVANCE - 1)
    assert len(list(probing.ask(newest, [untrained]))) == 1


def test_answers_to_private_questions_are_not_kept(probing: Probing, network: NetworkRef) -> None:
    pixels = base64.b64encode(bytes(3 * 32 * 32)).decode()
    before = set(probing._kept)
    assert answer(probing, Classify(pixels=pixels), network)
    assert answer(probing, Masks(pixels=pixels), network)
    assert set(probing._kept) == before
    assert pixels not in repr(vars(probing))


def test_an_ensemble_is_told_without_the_member_whose_file_is_damaged(
    probing: Probing, network: NetworkRef, tmp_path: Path
) -> None:
    other = TINY.with_seed(1)
    missing = NetworkRef(other, tmp_path, 2)
    question = PassesQuestion(passes=2, images=10)
    alone = answer(probing, question, network)
    assert answer(probing, question, network, missing) == alone
    with pytest.raises(ProbeFailed, match="not kept any more"):
        list(probing.ask(question, [missing, network]))
