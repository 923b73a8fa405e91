from __future__ import annotations

from dropout_demo.problems import MAX_SHOWN_VALUE_CHARACTERS, ConfigError, Problem, shown


def test_a_problem_reads_as_a_sentence_with_field_value_and_range() -> None:
    assert str(Problem("epochs", "0", "a whole number >= 1")) == (
        "epochs is 0; allowed: a whole number >= 1."
    )


def test_an_error_says_all_its_problems_and_keeps_them_apart() -> None:
    problems = [Problem("a", "1", "2"), Problem("b", "3", "4")]
    error = ConfigError(problems)
    assert error.problems == problems
    assert str(error) == "a is 1; allowed: 2. b is 3; allowed: 4."
    assert isinstance(error, ValueError)


def test_a_short_value_is_shown_whole() -> None:
    assert shown("0.5") == "'0.5'"
    assert shown(0.5) == "0.5"


def test_a_long_value_is_cut_to_the_limit_and_says_so() -> None:
    text = shown("x" * 10_000)
    assert len(text) == MAX_SHOWN_VALUE_CHARACTERS
    assert text.endswith("…")
    exact = "x" * (MAX_SHOWN_VALUE_CHARACTERS - 2)
    assert shown(exact) == repr(exact)


def test_values_that_python_refuses_to_print_are_described() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(nested) == "too long to show"
    assert shown(10**5_000) == "too long to show"
