"""Mutants: a program with one place changed, as a slip of the hand would.

for mutant in mutants("def f(n): return n + 1"): ...       n - 1, n + 2, pass, ...
"""

import ast
import copy
from collections.abc import Iterator

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
METHODS = {
    "strip": ["lstrip", "rstrip"],
    "lower": ["upper", "swapcase"],
    "casefold": ["lower", "upper"],
    "split": ["rsplit"],
    "rsplit": ["split"],
    "rpartition": ["partition"],
    "partition": ["rpartition"],
    "find": ["rfind"],
    "append": ["extend"],
    "any": ["all"],
    "all": ["any"],
    "min": ["max"],
    "max": ["min"],
    "digest": ["hexdigest"],
    "hexdigest": ["digest"],
    "sorted": ["list", "reversed"],
}
STATEMENTS = (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For, ast.While)
STATEMENTS += (ast.Return, ast.Raise, ast.Break, ast.Continue)


def mutants(source: str) -> Iterator[str]:
    """Yield the source of each mutant of a program."""
    tree = ast.parse(source)
    count = sum(1 for _ in ast.walk(tree))
    names = sorted({node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)})
    for place in range(count):
        number = 0
        while True:
            changed = copy.deepcopy(tree)
            node = list(ast.walk(changed))[place]
            others = [*_others(node), *_confused(node, names)]
            if number == len(others):
                break
            new = others[number]
            if new is not node:
                changed = _Replace(node, new).visit(changed)
            yield ast.unparse(ast.fix_missing_locations(changed))
            number += 1


class _Replace(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node; each is asked for anew."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            ops = list(node.ops)
            ops[i] = COMPARISONS[type(operator)]()
            yield ast.Compare(node.left, ops, node.comparators)
    elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        yield ast.BinOp(node.left, OPERATORS[type(node.op)](), node.right)
        yield ast.BinOp(node.right, node.op, node.left)
        yield node.left
        yield node.right
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Tuple | ast.List) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts)):
            yield type(node)([*node.elts[:i], *node.elts[i + 1 :]], node.ctx)
    elif isinstance(node, ast.AugAssign) and type(node.op) in OPERATORS:
        yield ast.AugAssign(node.target, OPERATORS[type(node.op)](), node.value)
    elif isinstance(node, ast.BoolOp):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield ast.BoolOp(other, node.values)
        for i in range(len(node.values)):
            left = [*node.values[:i], *node.values[i + 1 :]]
            yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from map(ast.Constant, _constants(node.value))
    elif isinstance(node, ast.Slice):
        for name in ("lower", "upper", "step"):
            if getattr(node, name) is not None:
                kept = {n: getattr(node, n) for n in ("lower", "upper", "step")}
                yield ast.Slice(**(kept | {name: None}))
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    if isinstance(node, ast.If | ast.While):
        yield type(node)(ast.Constant(False), node.body, node.orelse)
    if isinstance(node, STATEMENTS):
        yield ast.Pass()


def _constants(value: object) -> Iterator[object]:
    """Yield constants near this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
        yield value - 1
    elif isinstance(value, str | bytes) and value:
        yield value[:-1]
        yield value + value[-1:]


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """Yield calls like this one, and what it is called on or with."""
    function, arguments = node.func, node.args
    if len(arguments) > 1:
        swapped = [arguments[1], arguments[0], *arguments[2:]]
        yield ast.Call(function, swapped, node.keywords)
    if arguments:
        yield ast.Call(function, arguments[:-1], node.keywords)
        yield arguments[0]
    for keyword in node.keywords:
        kept = [each for each in node.keywords if each is not keyword]
        yield ast.Call(function, arguments, kept)
    if isinstance(function, ast.Attribute):
        yield function.value
        for name in METHODS.get(function.attr, []):
            other = ast.Attribute(function.value, name, function.ctx)
            yield ast.Call(other, arguments, node.keywords)
    elif isinstance(function, ast.Name):
        for name in METHODS.get(function.id, []):
            yield ast.Call(ast.Name(name, function.ctx), arguments, node.keywords)


def _confused(node: ast.AST, names: list[str]) -> Iterator[ast.AST]:
    """Yield the other arguments where one of them is used."""
    if isinstance(node, ast.Name) and node.id in names:
        for name in names:
            if name not in (node.id, "self") and node.id != "self":
                yield ast.Name(name, node.ctx)
