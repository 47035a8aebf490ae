"""From the text of a rule to its syntax tree, with everything refused that design section 6 does not list.

The text passes two gates. Word by word: only numbers, strings in single quotes, the names of facts,
AND, OR, NOT, IN, BETWEEN, TRUE, FALSE and the marks of comparison and arithmetic, and no comment.
Then the parsed tree: one expression, each node of a known type with known parts only.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import ParseError, SqlglotError

from becalm.rules.wording import choose, refusal

ALLOWED = (
    "one condition made of fact names, numbers, 'level names', TRUE, FALSE, the comparisons = <> < <= > >=, "
    "BETWEEN, IN with a list of literals, AND, OR, NOT, parentheses, and + - * / with numbers"
)
_LONGEST = 4000
_DEEPEST = 60
_WORDS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN", "TRUE", "FALSE"})
_MARKS = frozenset({"=", "<>", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "(", ")", ","})
_NUMBER = re.compile(r"\d+(\.\d*)?([eE][+-]?\d+)?")

_ADVICE = {
    **dict.fromkeys(
        ("IS", "ISNULL", "NOTNULL", "NULL", "COALESCE", "IFNULL", "NVL", "DISTINCT"),
        "say what must be true of the facts; a rule may not turn an unknown into an answer",
    ),
    **dict.fromkeys(
        ("CASE", "WHEN", "IF"), "write the cases as rules of their own, or join them by AND and OR"
    ),
    **dict.fromkeys(("SELECT", "EXISTS", "WITH"), "name a fact; what it is computed from belongs elsewhere"),
    **dict.fromkeys(("LIKE", "ILIKE", "SIMILAR", "RLIKE"), "name the levels with = or IN"),
    **dict.fromkeys(("CAST", "TRY_CAST"), "leave it out; the kind of each fact is fixed"),
    **dict.fromkeys(("NAN", "INF", "INFINITY"), "compare with a number; no fact is ever NaN or infinite"),
    "SYMMETRIC": "write the lower limit first, as in x BETWEEN 3 AND 5",
}
_MARK_ADVICE = {
    "=>": "write >=",
    "≥": "write >=",
    "≤": "write <=",
    "≠": "write <>",
    "==": "write =",
    "&&": "write AND",
    "||": "write OR",
    "!": "write NOT",
    ".": "write 0.5 rather than .5",
    ";": "leave it out; one rule is one condition",
}

_PAIR = frozenset({"this", "expression"})
_ONE = frozenset({"this"})
_PARTS: dict[type[exp.Expr], frozenset[str]] = {
    **dict.fromkeys((exp.And, exp.Or, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _PAIR),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div), _PAIR),
    **dict.fromkeys((exp.Not, exp.Neg, exp.Paren, exp.Column, exp.Identifier, exp.Boolean), _ONE),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions"}),
}
"""The nodes that a tree may have, and which parts each may have."""


def read_condition(text: str, names: Collection[str]) -> exp.Expr:
    """The syntax tree of one condition over the named facts.

    Raises:
        EditionError: anything but one condition of the allowed kind.
    """
    if not text.strip():
        raise refusal(text, "nothing", ALLOWED, "write a condition, or TRUE for a rule that always holds")
    if len(text) > _LONGEST:
        raise refusal(text, f"{len(text)} characters", f"at most {_LONGEST}", "make it two rules")
    try:
        _check_words(text, sqlglot.tokenize(text), names)
        trees = sqlglot.parse(text)
    except (SqlglotError, RecursionError) as error:
        raise refusal(text, _unreadable(error), ALLOWED, "correct it there") from error
    if len(trees) != 1 or trees[0] is None:
        raise refusal(text, f"{len(trees)} statements", ALLOWED, "join conditions by AND or OR")
    _check_tree(text, trees[0])
    return trees[0]


@lru_cache(maxsize=1024)
def is_bare_name(name: str) -> bool:
    """Whether SQL reads the name as a name wherever a rule may use it."""
    pattern = "{0} AND NOT {0} OR {0} >= 1 AND {0} IN (1) AND 1 < {0} AND (- {0} + {0}) BETWEEN {0} AND {0}"
    if name.upper() in _WORDS | _ADVICE.keys():
        return False
    try:
        read, model = (sqlglot.parse_one(pattern.format(word)) for word in (name, "x"))
    except SqlglotError:
        return False
    return [type(node) for node in read.walk()] == [type(node) for node in model.walk()]


def _check_words(text: str, tokens: list[Token], names: Collection[str]) -> None:
    if not tokens or any(token.comments for token in tokens):
        raise refusal(text, "a comment", ALLOWED, "write the condition alone")
    depth = 0
    for token, after in zip(tokens, [*(token.text for token in tokens[1:]), ""], strict=True):
        if token.token_type is not TokenType.STRING:
            depth += {"(": 1, ")": -1}.get(token.text, 0)
            _check_word(text, token, after, names)
        if depth > _DEEPEST:
            raise refusal(text, "parentheses too deep", f"at most {_DEEPEST} within another", "simplify it")


def _check_word(text: str, token: Token, after: str, names: Collection[str]) -> None:
    word = token.text
    if token.token_type is TokenType.IDENTIFIER:
        step = f"write {word} bare if it is a fact, '{word}' if it is a level"
        raise refusal(text, f'"{word}" in double quotes', ALLOWED, step)
    if token.token_type is TokenType.NUMBER:
        if not _NUMBER.fullmatch(word):
            raise refusal(text, f"the number `{word}`", "a number such as 38, 37.5 or 1e-3", "write it so")
    elif word.upper() in _ADVICE:
        raise refusal(text, f"`{word}`", ALLOWED, _ADVICE[word.upper()])
    elif word.upper() in _WORDS or word in _MARKS:
        return
    elif not re.fullmatch(r"\w+", word):
        raise refusal(text, f"`{word}`", ALLOWED, _MARK_ADVICE.get(word, "leave it out"))
    elif after == "(":
        raise refusal(text, f"the function `{word}`", ALLOWED, "name a fact that holds its result")
    elif word not in names:
        raise refusal(text, f"`{word}`", "the name of a known fact", choose(word, names, "fact"))


def _check_tree(text: str, tree: exp.Expr) -> None:
    depth = {id(None): 0}
    for node in tree.walk():
        parts = {part for part, value in node.args.items() if value}
        if not parts <= _PARTS.get(type(node), frozenset()):
            step = "write it with what is allowed, and join conditions by AND or OR"
            raise refusal(text, f"`{node.sql()}`", ALLOWED, step)
        chained = isinstance(node, exp.And | exp.Or) and type(node) is type(node.parent)
        depth[id(node)] = depth[id(node.parent)] + (not chained)
        if depth[id(node)] > _DEEPEST:
            raise refusal(text, "conditions nested too deeply", f"at most {_DEEPEST} levels", "simplify it")


def _unreadable(error: Exception) -> str:
    """What the parser could not read, and where."""
    if isinstance(error, RecursionError):
        return "conditions nested too deeply"
    where = error.errors[0].get("col") if isinstance(error, ParseError) and error.errors else None
    return f"no SQL condition, at character {where}" if where else "no SQL condition"
