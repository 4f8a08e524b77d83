"""Escapes: every known way out that the interpreter refuses, each with ``ForbiddenOperation``."""

from __future__ import annotations

import decimal
import functools
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from twofold._core.errors import CodeExecutionError, ConfigurationError, ForbiddenOperation
from twofold._core.interpreter import InterpreterPolicy

from .conftest import Session

ESCAPES = {
    # class hierarchies, walked by dunder attributes and by calls of dunder methods (CVE-2025-9959)
    "CVE-2025-9959 Popen": "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'Popen'][0](['true'])",
    "CVE-2025-9959 method calls": "object.__subclasses__.__call__()",
    "CVE-2025-9959 getattribute": "().__getattribute__('__class__').__getattribute__('__base__')",
    "CVE-2025-9959 init globals": "class A:\n    def __init__(self): pass\nA.__init__.__globals__['__builtins__']",
    "CVE-2025-9959 computed": "''.join(['__sub', 'classes__']).__class__.__getattribute__(object, '__subclasses__')",
    "bases": "().__class__.__bases__[0].__subclasses__()",
    "base": "''.__class__.__base__",
    "mro": "''.__class__.__mro__[1]",
    "mro method": "str.mro()",
    "subclasses": "object.__subclasses__()",
    "subclasses of type": "type.__subclasses__(object)",
    "getattr subclasses": "getattr(object, '__subclasses__')()",
    "getattr computed": "getattr(object, '__sub' + 'classes__')()",
    "getattr str subclass": "class S(str): pass\ngetattr(object, S('__subclasses__'))()",
    "getattr alias": "g = getattr\ng((), '__class__' [:9]).__base__",
    "map getattr": "list(map(getattr, [object], ['__subclasses__']))",
    "reduce getattr": "import functools\nfunctools.reduce(getattr, ['__class__', '__base__'], ())",
    "partial getattr": "import functools\nfunctools.partial(getattr, object)('__subclasses__')",
    "attrgetter": "import operator\noperator.attrgetter('__class__.__base__')(())",
    "attrgetter aliased": "from operator import attrgetter as a\na('__subclasses__')(object)",
    "methodcaller": "import operator\noperator.methodcaller('__subclasses__')(object)",
    "object getattribute": "object.__getattribute__((), '__bases__')",
    "type getattribute": "type.__getattribute__(object, '__subclasses__')()",
    "super getattribute": "class A:\n    def f(self): return super().__getattribute__('__reduce_ex__')\nA().f()",
    "vars of type": "vars(type)['__subclasses__'](object)\n().__subclasses__",
    # functions, frames, code
    "globals of function": "def f(): pass\nf.__globals__",
    "globals of print": "print.__globals__",
    "builtins of print": "print.__builtins__",
    "closure": "def f(): pass\nf.__closure__",
    "cell": "def f(): pass\nf.__closure__[0].cell_contents",
    "code": "def f(): pass\nf.__code__",
    "defaults": "def f(): pass\nf.__defaults__",
    "kwdefaults": "def f(): pass\nf.__kwdefaults__ = {}",
    "self of builtin": "len.__self__",
    "self of method": "[].append.__self__",
    "func of method": "class A:\n    def m(self): pass\nA().m.__func__",
    "wrapped": "import functools\n@functools.lru_cache\ndef f(): pass\nf.__wrapped__",
    "generator frame": "(x for x in []).gi_frame",
    "generator frame back": "def g():\n    yield\ng().gi_frame.f_back.f_globals",
    "generator code": "(x for x in []).gi_code",
    "coroutine frame": "async def f(): pass\nf().cr_frame",
    "async generator": "async def f():\n    yield\nf().ag_frame",
    "traceback": "try: 1 / 0\nexcept Exception as e: e.__traceback__.tb_frame",
    "traceback next": "try: 1 / 0\nexcept Exception as e: getattr(e, '__traceback__')",
    "exit traceback": "class C:\n    def __enter__(self): pass\n    def __exit__(self, a, b, tb): tb.tb_frame.f_globals\nwith C(): 1 / 0",
    "exit traceback getattr": "class C:\n    def __enter__(self): pass\n    def __exit__(self, a, b, tb): getattr(tb, 'tb_' + 'frame')\nwith C(): 1 / 0",
    "f_back": "x = 1\nx.f_back",
    "walrus frame": "[(y := x).gi_frame for x in [(1 for _ in [])]]",
    "name error object": "try: undefined\nexcept NameError as e: e.__traceback__",
    # names
    "builtins name": "__builtins__",
    "builtins subscript": "__builtins__['eval']",
    "loader": "__loader__",
    "spec": "__spec__",
    "build class": "__build_class__",
    "import function": "__import__('os').system('true')",
    "import builtins": "import builtins",
    "import builtins alias": "b = __import__('builtins')",
    "assign builtins": "__builtins__ = {}",
    "global builtins": "global __builtins__",
    "globals builtins": "try: globals()['__builtins__']\nexcept KeyError: pass\nglobals()['__builtins__'] = {}",
    "define import": "def __import__(*a): pass",
    # imports
    "import os": "import os",
    "import subprocess": "import subprocess",
    "import sys": "import sys",
    "import ctypes": "import ctypes",
    "import importlib": "import importlib",
    "import pickle": "import pickle",
    "import gc": "import gc",
    "import inspect": "import inspect",
    "import socket": "import socket",
    "import posix": "import posix",
    "import _io": "import _io",
    "import threading": "import threading",
    "import marshal": "import marshal",
    "import code": "import code",
    "import pty": "import pty",
    "from os": "from os import system",
    "os.path": "import os.path",
    "star": "from os import *",
    "nested import": "def f():\n    import os\nf()",
    "import alias": "import os as math",
    "importlib import_module": "from importlib import import_module",
    "import in exec": "exec('import os')",
    "import in eval": "eval('__import__(\"os\")')",
    "import in eval globals": "eval('__import__(\"os\")', {})",
    "import in eval builtins": "eval('().__class__.__base__', {'__builtins__': {}})",
    "exec with builtins": "exec('import os', {'__builtins__': {'__import__': __import__}})",
    # modules reached through modules that are authorised (CVE-2025-5120)
    "CVE-2025-5120 submodule": "import queue\nqueue.threading.sys.modules['os'].system('true')",
    "CVE-2025-5120 private": "import random\nrandom._os.system('true')",
    "CVE-2025-5120 getattr": "import random\ngetattr(getattr(random, '_os'), 'system')('true')",
    "CVE-2025-5120 from": "from statistics import sys",
    "random os": "import random\nrandom._os.system('true')",
    "queue threading": "import queue\nqueue.threading",
    "statistics sys": "import statistics\nstatistics.sys.modules",
    "collections sys": "import collections\ncollections._sys.modules",
    "getattr random os": "import random\ngetattr(random, '_os')",
    "getattr queue threading": "import queue\ngetattr(queue, 'threading')",
    "from queue": "from queue import threading",
    "from random": "from random import _os",
    "dataclasses sys": "import dataclasses\ndataclasses.sys",
    "dataclasses inspect": "import dataclasses\ndataclasses.inspect",
    "enum builtins": "import enum\nenum.bltns",
    "typing sys": "import typing\ntyping.sys.modules['os']",
    "json codecs": "import json\njson.codecs.builtins.open",
    "contextlib os": "import contextlib\ncontextlib.os.system('true')",
    "re enum": "import re\nre.enum.sys",
    "string re": "import string\nstring._re",
    "decimal numbers": "import decimal\ndecimal.__loader__",
    "module spec": "import math\nmath.__spec__.loader",
    "module dict": "import random\n'_os' in random.__dict__ or random._os",
    "module getattribute": "import random\ntype(random).__getattribute__(random, '_os')",
    "module vars": "import random\nvars(random)['_os'] if '_os' in vars(random) else random._os",
    "pprint sys": "import pprint\npprint._sys",
    "traceback sys": "import traceback\ntraceback.sys.modules",
    "traceback linecache": "import traceback\ntraceback.linecache",
    "uuid os": "import uuid\nuuid.os.system('true')",
    "types codetype": "import types\ntypes.CodeType",
    "types functiontype globals": "import types\ndef f(): pass\ntypes.FunctionType(f.__code__, {})",
    "io open": "import io\nio.open('/etc/passwd')",
    "io FileIO": "import io\nio.FileIO('/etc/passwd')",
    "open": "open('/etc/passwd')",
    "typing get_type_hints": "import typing\nclass A: x: 'int'\ntyping.get_type_hints(A)",
    "typing forward ref": "from typing import ForwardRef\nForwardRef('__import__(\"os\")')",
    "string annotation": "from functools import singledispatch\ndef f(x): pass\n@singledispatch(f).register\ndef g(x: '().__class__.__base__.__subclasses__()'): pass",
    "compile": "compile('1', '', 'eval')",
    "eval dunder": "eval('().__class__.__bases__')",
    "exec dunder": "exec('x = ().__class__.__bases__')",
    "input": "input()",
    "breakpoint": "breakpoint()",
    # text formatting walks
    "format walk": "'{0.__class__.__base__}'.format(())",
    "format variable": "t = '{0.__globals__}'\nt.format(print)",
    "format built up": "('{0.__' + 'globals__}').format(print)",
    "format_map": "'{x.__globals__}'.format_map({'x': print})",
    "unbound format": "str.format('{0.__globals__}', print)",
    "map str.format": "list(map(str.format, ['{0.__globals__}'], [print]))",
    "getattr format": "getattr('{0.__globals__}', 'format')(print)",
    "format alias": "f = '{0.__globals__}'.format\nf(print)",
    "string Formatter": "import string\nstring.Formatter().format('{0.__globals__}', print)",
    "string Formatter get_field": "import string\nstring.Formatter().get_field('0.__globals__', (print,), {})",
    "string Formatter subclass": "import string\nclass F(string.Formatter): pass\nF().vformat('{0.__globals__}', (print,), {})",
    "str subclass format": "class S(str): pass\nS('{0.__globals__}').format(print)",
    "methodcaller format": "import operator\noperator.methodcaller('format', print)('{0.__globals__}')",
    "attrgetter format": "import operator\noperator.attrgetter('format')('{0.__globals__}')(print)",
    "nested spec walk": "'{0:{1.__globals__}}'.format(1, print)",
    "format module walk": "import random\n'{0._os}'.format(random)",
    "getattribute format": "object.__getattribute__('{0.__globals__}', 'format')(print)",
    # dunders read and written by assignments, and by functions instead of attribute access (CVE-2026-4963)
    "CVE-2026-4963 augmented read": "class C:\n    def __radd__(self, o): return o\ndef f(): pass\nf.__globals__ += C()",
    "CVE-2026-4963 augmented module": "import random\nrandom._os += 1",
    "CVE-2026-4963 augmented code": "def f(): pass\ndef g(): pass\nf.__code__ |= g",
    "CVE-2026-4963 code overwritten": "def f(): pass\nf.__code__ = (lambda: 0).__code__",
    "CVE-2026-4963 setattr": "def f(): pass\nsetattr(f, '__code__', 1)",
    "CVE-2026-4963 setattr dynamic": "def f(): pass\n[s(f, '__co' + 'de__', 1) for s in [setattr]]",
    "CVE-2026-4963 builtins by module": "import enum\nenum.bltns.eval('1')",
    "assign class": "class A: pass\nA().__class__ = A",
    "assign code": "def f(): pass\nf.__code__ = 1",
    "assign globals": "def f(): pass\nf.__globals__ = {}",
    "assign dict": "class A: pass\nA().__dict__ = {}",
    "assign bases": "class A: pass\nA.__bases__ = (int,)",
    "augmented bases": "class A: pass\nA.__bases__ += (int,)",
    "annotated dunder": "class A: pass\nA.__class__: int = 1",
    "delete dunder": "class A: pass\ndel A.__doc__.__class__",
    "for target dunder": "class A: pass\nfor A.__class__ in [1]: pass",
    "with target dunder": "class A: pass\nfrom contextlib import nullcontext\nwith nullcontext() as A.__bases__: pass",
    "unpack dunder": "class A: pass\nA.__bases__, x = 1, 2",
    "setattr dunder": "class A: pass\nsetattr(A, '__bases__', (int,))",
    "setattr computed": "class A: pass\nsetattr(A, '__ba' + 'ses__', (int,))",
    "object setattr": "class A: pass\nobject.__setattr__(A(), '__class__', A)",
    "type setattr": "class A: pass\ntype.__setattr__(A, '__bases__', (int,))",
    "delattr": "class A: pass\ndelattr(A, '__dict__')",
    "reduce method": "class A:\n    def __reduce__(self): return (print, ('x',))",
    "reduce_ex assigned": "class A: pass\nA.__reduce_ex__ = lambda self, p: (print, ())",
    "reduce by type": "type('A', (), {'__reduce__': lambda self: (print, ())})",
    "reduce call": "(1).__reduce_ex__(2)",
    "class in class body": "class A:\n    __class__ = int",
    "builtins in class body": "class A:\n    __builtins__ = {}",
    "match class keyword": "match ():\n    case object(__class__=c): pass",
    "match frame": "match (x for x in []):\n    case object(gi_frame=f): pass",
    "match format": "match '{0.__globals__}':\n    case str(format=f): f(print)",
    "match dict": "match 5:\n    case object(__dict__=d): pass",
    "keyword class": "dict(__class__=1)",
    "keyword globals": "print(__globals__=1)",
    "class keyword": "class A(__class__=int): pass",
    "parameter dunder": "def f(__builtins__): pass",
    "lambda dunder": "lambda __builtins__: 1",
    "import as dunder": "import math as __builtins__",
    "except as dunder": "try: 1 / 0\nexcept Exception as __builtins__: pass",
    "match capture dunder": "match 1:\n    case __builtins__: pass",
    "nested comprehension dunder": "[__builtins__ for __builtins__ in [1]]",
    "wraps code": "import functools\n@functools.wraps(len, assigned=['__code__'])\ndef f(): pass",
    "wraps computed": "import functools\ndef f(): pass\nfunctools.update_wrapper(f, f, updated=['__glob' + 'als__'])",
    "wraps module": "import functools, random\n@functools.wraps(random, assigned=['_os'])\ndef f(): pass",
    "async generator inside": "async def f():\n    yield\nf()._generator",
    "async frame by await": "async def f(): pass\nf().__await__().gi_frame",
    "wraps globals": "import functools\nfunctools.update_wrapper(lambda: 0, print, ('__globals__',)).__globals__",
    # classes of others
    "patch library class": "import queue\nqueue.Queue.put = lambda *a: None",
    "patch by setattr": "import queue\nsetattr(queue.Queue, 'put', 1)",
    "patch through instance type": "import queue\ntype(queue.Queue()).put = 1",
    "patch in function": "import queue\ndef f(c): c.put = 1\nf(queue.Queue)",
    "patch with delete": "import queue\ndel queue.Queue.put",
    "patch with type setattr": "import queue\ntype.__setattr__(queue.Queue, 'put', 1)",
    "patch abc": "import collections.abc\ncollections.abc.Mapping.get = 1",
    # hooks
    "metaclass call": "class M(type):\n    def __call__(cls): return super().__subclasses__()\nclass A(metaclass=M): pass\nA()",
    "metaclass getattribute": "class M(type):\n    def f(cls): return type.__getattribute__(cls, '__mro__')\nclass A(metaclass=M): pass\nA.f()",
    "init_subclass": "class A:\n    def __init_subclass__(cls): cls.__mro__\nclass B(A): pass",
    "set_name": "class D:\n    def __set_name__(self, owner, name): owner.__bases__\nclass A: d = D()",
    "descriptor": "class D:\n    def __get__(self, o, t): return t.__mro__\nclass A: d = D()\nA().d",
    "del hook": "class A:\n    def __del__(self): self.__class__.__base__\nA()",
    "decorator walk": "@getattr\ndef f(): pass\nf.__globals__",
    "lambda walk": "(lambda x: x.__subclasses__)(object)",
    "default argument": "def f(x=object.__subclasses__): pass",
    "f-string walk": "f'{().__class__.__base__}'",
    "f-string nested": "f'{1:{().__class__.__base__}}'",
    "comprehension walk": "[c for c in ().__class__.__base__.__subclasses__()]",
    "star args": "print(*().__class__.__bases__)",
    "assert walk": "assert ().__class__.__bases__",
    "raise walk": "raise ().__class__.__bases__",
    "yield walk": "def g():\n    yield ().__class__.__bases__",
    "await walk": "async def f(): await ().__class__.__bases__",
    "del walk": "del ().__class__.__bases__[0]",
    "subscript walk": "[].__class__.__bases__[0]",
    "conditional walk": "().__class__.__bases__ if True else 0",
    "dunder after call": "str().__class__.__base__",
    "catch and go on": "try: getattr(object, '__subclasses__')\nexcept ValueError as e: raise",
}

# Where the host hands the code an object that leads to modules.
HOST_ESCAPES = {
    "module attribute": "holder.module.system('true')",
    "module in variable": "m = holder.module\nm.system('true')",
    "module in local": "def f():\n    m = holder.module\n    return m.system('true')\nf()",
    "module as parameter": "def f(m): return m.system('true')\nf(holder.module)",
    "module as self": "class A:\n    def f(self): return self.system('true')\nA.f(holder.module)",
    "module as lambda parameter": "(lambda m: m.system('true'))(holder.module)",
    "module in comprehension": "[m.system('true') for m in [holder.module]]",
    "module in loop": "for m in [holder.module]: m.system('true')",
    "module unpacked": "m, n = holder.module, 1\nm.system('true')",
    "module in walrus": "(m := holder.module).system('true')",
    "module by with": "from contextlib import nullcontext\nwith nullcontext(holder.module) as m: m.system('true')",
    "module by global": "def f():\n    global m\n    m = holder.module\nf()\nm.system('true')",
    "module by nonlocal": "def f(m):\n    def g():\n        nonlocal m\n        m = holder.module\n    g()\n    return m.system('true')\nf(1)",
    "module in augmented": "class A:\n    def __iadd__(self, o): return holder.module\nm = A()\nm += 1\nm.system('true')",
    "module captured in match": "match holder.module:\n    case m: m.system('true')",
    "module getattr": "getattr(holder.module, 'system')",
    "module in dict": "holder.modules['os'].system('true')",
    "module by call": "holder.give().system('true')",
    "module attrgetter": "import operator\noperator.attrgetter('module.system')(holder)",
    "module methodcaller": "import operator\noperator.methodcaller('system', 'true')(holder.module)",
    "module format": "'{0.module.environ}'.format(holder)",
    "module vars": "vars(holder.module)['system']",
    "module dict": "holder.module.__dict__['system']",
    "module setattr": "holder.module.system = 1",
    "module setattr function": "setattr(holder.module, 'system', 1)",
    "module delattr": "del holder.module.system",
    "module rebound import": "import math\ndef f(): return math.system\nmath = holder.module\nf()",
    "module in generator": "def g():\n    m = yield\n    m.system('true')\ni = g()\nnext(i)\ni.send(holder.module)",
    "module in class body": "class A:\n    m = holder.module\n    m.system('true')",
    "module in class attribute": "class A: m = holder.module\nA.m.system('true')",
    "module in instance": "class A:\n    def __init__(self): self.m = holder.module\n    def f(self): return self.m.system('true')\nA().f()",
    "module by default": "def f(m=holder.module): return m.system('true')\nf()",
    "module in reduce": "import functools\nfunctools.reduce(getattr, ['module', 'system'], holder)",
    "module in globals": "globals()['m'] = holder.module\nm.system",
    "module through exec": "exec('m = holder.module')\nm.system",
    "tool's self": "tool.__self__",
    "tool's globals": "tool.__globals__",
    "tool's wrapped": "tool.__wrapped__",
    "tool by getattr": "getattr(tool, '__closure__')",
    "tool replaced": "tool = 1",
    "tool redefined": "def tool(): pass",
    "tool imported over": "import math as tool",
    "tool by for": "for tool in [1]: pass",
    "tool by walrus": "(tool := 1)",
    "tool by global": "def f():\n    global tool\n    tool = 1",
    "tool by globals": "globals()['tool'] = 1",
    "tool deleted": "del tool",
    "host class": "type(holder).attribute = 1",
    "host class method": "type(holder).give.__globals__",
    "host method": "holder.give.__func__",
}


class Holder:
    """What a careless host hands over."""

    def __init__(self) -> None:
        import os

        self.module = os
        self.modules = {"os": os}

    def give(self) -> object:
        return self.module


@pytest.mark.parametrize("name", ESCAPES)
def test_escapes_are_refused(name: str, session: Session) -> None:
    with pytest.raises(ForbiddenOperation) as caught:
        session.execute(ESCAPES[name])
    assert caught.value.line is not None
    assert f"line {caught.value.line}: " in str(caught.value)


@pytest.mark.parametrize("name", HOST_ESCAPES)
def test_escapes_through_host_objects_are_refused(name: str, make_session: type[Session]) -> None:
    session = make_session(functions={"tool": Holder().give}, variables={"holder": Holder()})
    with pytest.raises(ForbiddenOperation):
        session.execute(HOST_ESCAPES[name])


def test_escapes_split_over_steps_are_refused(make_session: type[Session]) -> None:
    session = make_session(variables={"holder": Holder()})
    session.execute("import math as m\ndef f(): return m.system('true')")
    with pytest.raises(ForbiddenOperation):
        session.execute("m = holder.module\nf()")
    with pytest.raises(CodeExecutionError, match="NameError"):
        session.execute("m")


@pytest.mark.parametrize(
    "steps",
    [
        ["x = holder.module", "x.system"],
        ["x = holder.module", "eval('x.system')"],
        ["x = holder.module", "getattr(x, 'system')"],
        ["x = holder.module\ngetattr(x, 'system')"],
        ["x = holder.module\nexec('y = x.system')"],
        ["x = holder.module", "def f(): return x.system", "f()"],
        ["def later():\n    global x\n    x = holder.module", "later()\nx.system"],
        ["def later():\n    global x\n    x = holder.module", "def f(): return x.system\nlater()\nf()"],
        ["f = eval('lambda: x.system')\nx = holder.module\nf()"],
        ["for x in [holder.module]: pass", "x.system"],
        ["[x := holder.module]", "x.system"],
        ["match holder.module:\n    case x: pass", "x.system"],
        ["x, y = holder.module, 1", "x.system"],
        ["x = holder.module", "x.changed = 1"],
        ["def g(): return m.system", "exec('m = h.module\\nr = m.system', {'h': holder})"],
        ["def g(): return m.system", "exec('r = m.system', {'m': holder.module})"],
    ],
)
def test_a_module_that_one_step_keeps_is_refused_to_a_later_one(
    steps: list[str], make_session: type[Session]
) -> None:
    session = make_session(variables={"holder": Holder()})
    with pytest.raises(ForbiddenOperation):
        for step in steps:
            session.execute(step)


def test_what_was_refused_once_is_not_there_afterwards(make_session: type[Session]) -> None:
    session = make_session(variables={"holder": Holder()})
    session.execute("def read(): return m.system")
    with pytest.raises(ForbiddenOperation):
        session.execute("try: m = holder.module\nfinally: pass")
    with pytest.raises(CodeExecutionError, match="NameError"):
        session.execute("read()")


@pytest.mark.parametrize(
    "code",
    [
        "match holder.module:\n    case object(system=s): pass",
        "match [holder.module]:\n    case [object(system=s)]: pass",
        "class A: kind = object\nmatch holder.module:\n    case A.kind(system=s): pass",
    ],
)
def test_no_pattern_takes_a_module_apart(code: str, make_session: type[Session]) -> None:
    session = make_session(variables={"holder": Holder()})
    session.execute(code)
    assert "s" not in session.variables


def test_a_refusal_is_an_error_the_code_may_handle(session: Session) -> None:
    code = "try: import os\nexcept ImportError: os = None\nos is None"
    assert session.value(code) is True


def test_a_refused_import_says_what_is_authorised(make_session: type[Session]) -> None:
    session = make_session(InterpreterPolicy(authorized_imports=("numpy",)))
    with pytest.raises(ForbiddenOperation) as caught:
        session.execute("x = 1\nimport os")
    assert "'os'" in str(caught.value)
    assert "numpy, abc," in str(caught.value)
    assert "additional_authorized_imports=['os']" in str(caught.value)
    assert caught.value.line == 2


def test_authorised_modules_are_available(make_session: type[Session]) -> None:
    assert make_session(InterpreterPolicy(("os",))).value("import os\nos.path.join('a', 'b')") == "a/b"
    assert (
        make_session(InterpreterPolicy(("os.path",))).value("import os.path\nos.path.join('a', 'b')") == "a/b"
    )
    assert (
        make_session(InterpreterPolicy(("xml.*",))).value("import xml.dom.minidom as m\nm.__name__")
        == "xml.dom.minidom"
    )
    assert make_session(InterpreterPolicy(("*",))).value("import sys\nsys.maxsize > 1") is True
    assert (
        make_session(InterpreterPolicy(("os",)), variables={"holder": Holder()}).value("holder.module.sep")
        == "/"
    )
    with pytest.raises(ForbiddenOperation):
        make_session(InterpreterPolicy(("os.path",))).value("import os.path\nos.system('true')")
    with pytest.raises(ForbiddenOperation):
        make_session(InterpreterPolicy(("concurrent",))).value("import concurrent.futures")


def test_what_code_changes_in_a_module_stays_in_its_session(make_session: type[Session]) -> None:
    import math

    first, second = make_session(), make_session()
    assert first.value("import math\nmath.pi = 3\nmath.pi") == 3
    assert second.value("import math\nmath.pi") == math.pi


def test_a_variable_that_is_an_unauthorised_module_is_a_mistake_of_the_program(
    make_session: type[Session],
) -> None:
    import os

    with pytest.raises(ConfigurationError, match="'os'"):
        make_session(variables={"o": os})


def test_a_variable_may_not_hide_a_tool(make_session: type[Session]) -> None:
    with pytest.raises(ConfigurationError, match="'tool'"):
        make_session(functions={"tool": len}, variables={"tool": 1})


# Ways through a host that hands over clients, classes, generators, functions and errors; and ways through
# hooks, the standard library and names that are not what they look like.
MORE_ESCAPES = (
    (Path(__file__).parent / "escapes.txt").read_text(encoding="utf-8").rstrip("\n").split("\n---\n")
)


ESCAPES_312 = (
    (Path(__file__).parent / "escapes312.txt").read_text(encoding="utf-8").rstrip("\n").split("\n---\n")
)


class Client:
    def __init__(self) -> None:
        import os

        self.os = os
        self.cb = self.method

    def method(self) -> int:
        return 1

    @property
    def mod(self) -> object:
        return self.os

    def __getattr__(self, name: str) -> object:
        if name == "lazy":
            return self.os
        raise AttributeError(name)


class ClientError(Exception):
    def __init__(self, message: str, client: Client) -> None:
        super().__init__(message, client)
        self.client = client


@dataclass
class Data:
    x: int = 1


def raises() -> None:
    raise ClientError("x", Client())


def host_generator() -> Iterator[int]:
    yield 1
    yield 2


class ToolObject:
    def __init__(self) -> None:
        self.client = Client()

    def __call__(self, x: object = None) -> object:
        return x

    def method(self, x: object = None) -> object:
        return x


def careless(make_session: type[Session]) -> Session:
    return make_session(
        InterpreterPolicy(timeout_seconds=None),
        functions={
            "toolobj": ToolObject(),
            "bound": ToolObject().method,
            "raises": raises,
            "fn": ToolObject().method,
            "final_answer": lambda x=None: x,
            "part": functools.partial(print, 1),
        },
        variables={
            "client": Client(), "gen": host_generator(), "fnvar": raises, "data": Data(), "cls": Client,
            "meth": Client().method, "lam": lambda: Client().os,
        },
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::DeprecationWarning")
@pytest.mark.parametrize("code", MORE_ESCAPES, ids=range(len(MORE_ESCAPES)))
def test_more_escapes_are_refused(code: str, make_session: type[Session]) -> None:
    with pytest.raises(ForbiddenOperation):
        careless(make_session).execute(code)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="needs the syntax of Python 3.12")
@pytest.mark.parametrize("code", ESCAPES_312, ids=range(len(ESCAPES_312)))
def test_escapes_in_the_syntax_of_312_are_refused(code: str, make_session: type[Session]) -> None:
    with pytest.raises(ForbiddenOperation):
        careless(make_session).execute(code)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="needs the syntax of Python 3.13")
def test_defaults_of_type_parameters_are_guarded(make_session: type[Session]) -> None:
    with pytest.raises(ForbiddenOperation):
        careless(make_session).execute(
            "def f[T = client.os.system](): pass\nf.__type_params__[0].__default__"
        )


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "import functools\nclass A:\n    @functools.singledispatchmethod\n    def f(self, x): return 0\n"
            "    @f.register\n    @staticmethod\n    def _(x: int): return 1\n"
            "    @f.register\n    @classmethod\n    def _(cls, x: str): return 2\n"
            "    @f.register\n    def _(self, x: list | dict): return 3\n"
            "    @f.register(bytes | bytearray)\n    def _(self, x): return 4\n"
            "a = A()\na.f(1), a.f('a'), a.f([]), a.f({}), a.f(b''), a.f(1.0)",
            (1, 2, 3, 3, 4, 0),
        ),
        (
            "import dataclasses\n@dataclasses.dataclass(slots=True, order=True)\nclass A:\n    x: int\n"
            "    y: list = dataclasses.field(default_factory=list)\n@dataclasses.dataclass\nclass B(A):\n"
            "    _: dataclasses.KW_ONLY\n    z: int = 1\n"
            "dataclasses.asdict(dataclasses.replace(B(1), z=3)), A(1) < A(2)",
            ({"x": 1, "y": [], "z": 3}, True),
        ),
        (
            "import copy\nclass A:\n    def __init__(self): self.x = [1]\n"
            "    def __deepcopy__(self, memo): return copy.copy(self)\na = A()\n"
            "copy.copy(a).x is a.x, copy.deepcopy([a])[0].x, copy.deepcopy({1: (2, [3])})",
            (True, [1], {1: (2, [3])}),
        ),
        (
            "import typing\nclass G(typing.Generic[typing.TypeVar('T')]): pass\nclass L(list[int]): pass\n"
            "G[int].x = 5\nG.x, L([1]).copy(), list[int].append([], 1), typing.List[int].copy([2])",
            (5, [1], None, [2]),
        ),
        (
            "import enum\nclass M(type): pass\nclass A(metaclass=M): pass\nclass E(str, enum.Enum): a = '{}'\n"
            "class S(str):\n    def f(self, *a): return super().format(*a)\n"
            "S('{:>3}').f(1), vars(str)['format']('{}', 2), E.a.value.format(3)",
            ("  1", "2", "3"),
        ),
        (
            "import collections\nX = collections.namedtuple('X', 'a b')\nX(1, 2)._replace(a=3)._asdict(), X._fields",
            ({"a": 3, "b": 2}, ("a", "b")),
        ),
        ("import enum\nclass E(enum.Enum):\n    a = 1\nE.a._value_, E['a'].name", (1, "a")),
        (
            "class A:\n    def __init__(self): self._x, self.__y = 1, 2\n    def both(self, o): return o._x, o.__y\nA().both(A())",
            (1, 2),
        ),
        ("class A: _x = 1\nA._x, A()._x, getattr(A(), '_x')", (1, 1, 1)),
        (
            "import functools\n@functools.singledispatch\ndef f(x): return 0\n@f.register\ndef _(x: int): return 1\n@f.register(str)\ndef _(x): return 2\nf(1), f('a'), f([])",
            (1, 2, 0),
        ),
        (
            "import functools\nclass A:\n    @functools.singledispatchmethod\n    def f(self, x): return 0\n    @f.register\n    def _(self, x: int): return 1\nA().f(1), A().f('a')",
            (1, 0),
        ),
        (
            "import dataclasses\nP = dataclasses.make_dataclass('P', [('x', int), ('y', int, 2)])\nmatch P(1):\n    case P(a, b): r = a, b\nr",
            (1, 2),
        ),
        ("import abc\nclass A(abc.ABC): pass\nA.register(int)\nissubclass(int, A)", True),
        (
            "d = {'k': 2}\nd['k'] *= 300\nclass A: v = 3\nA.v **= 70\nl = [1]\nl[0] <<= 300\nd['k'], A.v == 3 ** 70, l[0] == 1 << 300",
            (600, True, True),
        ),
        (
            "class M(type):\n    @classmethod\n    def __prepare__(m, n, b, **k): return {'extra': 1}\nclass A(metaclass=M):\n    x = [extra for _ in [0]] if 0 else extra\nA.x",
            1,
        ),
    ],
)
def test_what_is_harmless_is_not_refused(code: str, expected: object, session: Session) -> None:
    assert session.value(code) == expected


def test_the_rewriters_own_names_are_never_looked_up_in_a_class_namespace(session: Session) -> None:
    code = (
        "seen = []\nclass M(type):\n    @classmethod\n    def __prepare__(m, n, b):\n        class D(dict):\n"
        "            def __missing__(self, k):\n                seen.append(k)\n                raise KeyError(k)\n"
        "        return D()\nclass A(metaclass=M):\n    for i in range(2): x = str(i).upper\n    y = [2] * len('ab')\n"
        "    match 1:\n        case int(real=z): pass\nseen"
    )
    assert [name for name in session.value(code) if name.startswith("<")] == []


def test_nothing_that_belongs_to_the_process_is_changed(session: Session) -> None:
    before = random.getstate(), decimal.getcontext().prec, decimal.DefaultContext.prec, sys.stdout
    session.execute(
        "import random, decimal, io, contextlib\nrandom.seed(1)\nrandom.shuffle([1, 2, 3])\n"
        "decimal.getcontext().prec = 5\ndecimal.DefaultContext.prec = 7\n"
        "with contextlib.redirect_stdout(io.StringIO()) as caught: print('inside')\nprint('outside')"
    )
    assert (random.getstate(), decimal.getcontext().prec, decimal.DefaultContext.prec, sys.stdout) == before
    assert session.value("caught.getvalue()") == "inside\n"


def test_arithmetic_contexts_and_seeds_last_from_step_to_step(make_session: type[Session]) -> None:
    first, second = make_session(), make_session()
    first.execute("import decimal, random\ndecimal.getcontext().prec = 5\nrandom.seed(3)")
    second.execute("import decimal, random\nrandom.seed(3)\nrandom.random()")
    assert first.value("str(decimal.Decimal(1) / 3)") == "0.33333"
    assert second.value("len(str(decimal.Decimal(1) / 3))") == 30
    expected = random.Random(3)
    assert first.value("random.random(), random.randint(1, 9)") == (expected.random(), expected.randint(1, 9))


def test_what_a_library_prints_is_captured_and_what_a_tool_prints_is_not(
    make_session: type[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    session = make_session(functions={"tool": lambda: print("from the tool")})
    output = session.execute("import pprint\npprint.pprint({'a': 1})\ntool()\nprint('own')")
    assert output.logs == "{'a': 1}\nown\n"
    assert capsys.readouterr().out == "from the tool\n"


@pytest.mark.filterwarnings("error")
def test_warnings_about_the_code_go_nowhere(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    assert session.value("x = 1 is 1\n'\\d'\neval('1 is 1')") is True
    assert capsys.readouterr().err == ""


BOMBS = [
    "d = {'k': 'a'}\nd['k'] *= 10**11",
    "class A: s = 'a'\nA.s *= 10**11",
    "class A:\n    def __init__(self): self.n = [0]\n    def f(self): self.n *= 10**11\nA().f()",
    "class A: n = 10\nA.n **= 10**9",
    "x = [1]\nx[0] <<= 10**10",
    "d = {'f': '%1000000000d'}\nd['f'] % (1,)",
    "format(1, '>10000000000')",
    "import array\narray.array('b', [0]) * 10**11",
    "import collections\ncollections.deque([0]) * 10**11",
    "import struct\nstruct.pack('10000000000x')",
    "import struct\nstruct.Struct('10000000000x')",
    "import secrets\nsecrets.token_bytes(10**11)",
    "'x' * 10**11",
    "n = 10**11\ns = 'x'\ns * n",
    "def f(s, n): return s * n\nf([0], 10**11)",
    "[0] * 10**10",
    "(0,) * 10**10",
    "x = 'a'\nx *= 10**11",
    "10**10**8",
    "2 ** 10**9",
    "def f(a, b): return a ** b\nf(10, 10**9)",
    "x = 10\nx **= 10**9",
    "pow(10, 10**9)",
    "1 << 10**10",
    "x = 1\nx <<= 10**10",
    "((10**99)**99)**9999",
    "'%1000000000d' % 1",
    "'%*d' % (10**9, 1)",
    "'{:1000000000}'.format(1)",
    "'{:{}}'.format(1, 10**9)",
    "f'{1:{10**9}}'",
    "f'{1:1000000000}'",
    "'x'.ljust(10**10)",
    "'x'.center(10**10)",
    "str.zfill('x', 10**10)",
    "getattr('x', 'rjust')(10**10)",
    "(1).to_bytes(10**10, 'big')",
    "bytes(10**11)",
    "bytearray(10**11)",
    "('x' * 10**6).replace('x', 'y' * 10**6)",
    "('x' * 10**5).translate({120: 'y' * 10**4})",
    "str.translate('x' * 10**5, ['y' * 10**4] * 128)",
    "getattr('x' * 10**5, 'translate')({ord('x'): 'y' * 10**4, **{n: 'z' for n in range(10**6, 10**6 + 10**5)}})",
    "(10).__pow__(10**9)",
    "'x'.__mul__(10**11)",
    "import math\nmath.factorial(10**7)",
    "import math\nmath.comb(10**8, 5 * 10**7)",
    "import operator\noperator.mul('x', 10**11)",
    "import operator\noperator.pow(10, 10**9)",
    "import random\nrandom.randbytes(10**11)",
    "from fractions import Fraction\nFraction(3, 2) ** 10**9",
]


@pytest.mark.parametrize("code", BOMBS)
def test_what_one_expression_can_make_is_bounded(code: str, session: Session) -> None:
    with pytest.raises(ForbiddenOperation):
        session.execute(code)


def test_the_sum_of_many_lists_is_quick(session: Session) -> None:
    assert session.value("len(sum([[0] * 10] * 100_000, []))") == 10**6  # half a terabyte, if copied at each


def test_a_submodule_that_is_not_authorised_is_refused_by_its_name(session: Session) -> None:
    with pytest.raises(
        ForbiddenOperation, match=r"Import of 'urllib\.request' is not authorised\. Authorised"
    ):
        session.execute("from urllib import parse, request")
    with pytest.raises(CodeExecutionError, match="cannot import name 'nothing' from 'urllib'"):
        session.execute("from urllib import nothing")


def test_a_submodule_that_is_authorised_is_imported(make_session: type[Session]) -> None:
    session = make_session(InterpreterPolicy(("xml.*", "concurrent.futures")))
    assert session.value("from xml.sax import saxutils\nsaxutils.__name__") == "xml.sax.saxutils"
    assert session.value("from concurrent import futures\nfutures.__name__") == "concurrent.futures"


def test_ordinary_sizes_are_not_refused(session: Session) -> None:
    code = "[len('x' * 10**6), (2**10000).bit_length(), 1 << 64, pow(3, 10**9, 7), '%5d' % 3, f'{1:>9}', 'ab'.ljust(9), len([0] * 10**6)]"
    assert session.value(code) == [
        10**6,
        10001,
        1 << 64,
        pow(3, 10**9, 7),
        "    3",
        "        1",
        "ab       ",
        10**6,
    ]
