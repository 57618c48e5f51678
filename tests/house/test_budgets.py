"""The budgets of the house: sizes, nesting, parameters, docstrings. Design: section 9."""

import ast
import statistics
from collections.abc import Iterator
from math import ceil

import pytest

from tests.house.source import Function, Source, body_lines, functions, product, suite

FILE_LINES_MAX = 500
FILE_LINES_P95 = 350
FILE_LINES_MEDIAN = 120
FUNCTION_LINES_MAX = 60
FUNCTION_LINES_P95 = 35
FUNCTION_LINES_MEDIAN = 7
NESTING_MAX = 3
PARAMETERS_MAX = 5
POSITIONAL_MAX = 2

BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def _p95(values: list[int]) -> int:
    return sorted(values)[ceil(0.95 * len(values)) - 1]


def test_files_are_short() -> None:
    lines = {source.name: source.lines for source in product() if source.lines > 1}
    assert {name: n for name, n in lines.items() if n > FILE_LINES_MAX} == {}
    assert _p95(list(lines.values())) <= FILE_LINES_P95
    assert statistics.median(lines.values()) <= FILE_LINES_MEDIAN


def test_test_files_are_short() -> None:
    assert {source.name: source.lines for source in suite() if source.lines > FILE_LINES_MAX} == {}


def test_functions_are_short() -> None:
    lines = {
        f"{source.name}:{function.name}": body_lines(function) for source in product() for function in functions(source)
    }
    assert {name: n for name, n in lines.items() if n > FUNCTION_LINES_MAX} == {}
    assert _p95(list(lines.values())) <= FUNCTION_LINES_P95
    assert statistics.median(lines.values()) <= FUNCTION_LINES_MEDIAN


def _depth(node: ast.AST) -> int:
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function | ast.Lambda | ast.ClassDef):
            continue
        # `elif` is an If inside an If's orelse in the tree, and not deeper to the eye
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and child in node.orelse
        deepest = max(deepest, _depth(child) + (isinstance(child, BLOCKS) and not chained))
    return deepest


@pytest.mark.parametrize("source", product(), ids=lambda source: source.name)
def test_nesting_is_flat(source: Source) -> None:
    assert {function.name: depth for function in functions(source) if (depth := _depth(function)) > NESTING_MAX} == {}


def _too_many(function: Function) -> bool:
    if function.name.startswith("__") and function.name != "__init__":
        # the language or a protocol of it fixes the signature
        return False
    arguments = function.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if positional and positional[0] in {"self", "cls"}:
        positional = positional[1:]
    return len(positional) > POSITIONAL_MAX or len(positional) + len(arguments.kwonlyargs) > PARAMETERS_MAX


@pytest.mark.parametrize("source", product(), ids=lambda source: source.name)
def test_parameters_are_few_and_named(source: Source) -> None:
    assert [function.name for function in functions(source) if _too_many(function)] == []


def _is_record(node: ast.ClassDef) -> bool:
    names = {name.id for base in node.bases for name in ast.walk(base) if isinstance(name, ast.Name)}
    decorators = {name.id for item in node.decorator_list for name in ast.walk(item) if isinstance(name, ast.Name)}
    return "dataclass" in decorators or bool({"BaseModel", "Options", "Wire"} & names)


def _fields_without_docstring(node: ast.ClassDef) -> Iterator[str]:
    following = [*node.body[1:], ast.Pass()]
    for statement, after in zip(node.body, following, strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if not documented and not statement.target.id.startswith("_"):
            yield f"{node.name}.{statement.target.id}"


def _undocumented(node: ast.AST, prefix: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | Function) or child.name.startswith("_"):
            continue
        if ast.get_docstring(child) is None:
            yield f"{prefix}{child.name}"
        if isinstance(child, ast.ClassDef):
            yield from _undocumented(child, f"{child.name}.")
            if _is_record(child):
                yield from _fields_without_docstring(child)


@pytest.mark.parametrize("source", product(), ids=lambda source: source.name)
def test_what_is_public_is_documented(source: Source) -> None:
    assert ast.get_docstring(source.tree), "a module says what it is for"
    if "/versions/" not in source.name:
        assert list(_undocumented(source.tree)) == []
