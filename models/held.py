"""A packed tuple held by reference in compiled code.

A tuple of a hundred arrays is seven hundred values: handed to a function by value, every one of
them is moved by every caller and callee, and compiled again in each. `hold` puts the tuple on the
stack of the caller, and what is handed on is its address; fields read as those of the tuple.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, typeof, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    NativeValue,
    infer_getattr,
    intrinsic,
    models,
    register_model,
    typeof_impl,
    unbox,
)


class Held(types.Type):
    """Type of the address of a named tuple that lives on the stack."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        super().__init__(f"Held({inner.instance_class.__name__})")

    @property
    def key(self) -> Any:
        """What makes two of these types equal: that of the tuples."""
        return self.inner

    def field(self, name: str) -> Any:
        """Return the type a field reads as: tuples inside are held too."""
        kind = self.inner.types[self.inner.fields.index(name)]
        return Held(kind) if isinstance(kind, types.BaseNamedTuple) else kind


@register_model(Held)
class _Address(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Held) -> None:
        value = manager.lookup(kind.inner).get_value_type()
        super().__init__(manager, kind, ir.PointerType(value))


def _hold(_typing: Any, value: Any) -> Any:
    def build(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return Held(value)(value), build


#: Returns the address of a copy of a named tuple. The copy lives as long as the calling function
#: runs, and so must the tuple: one made in that function must be used again after (`keep`).
hold: Any = intrinsic(_hold)


@njit(cache=True)
def keep(value: Any) -> None:
    """Do nothing with a named tuple: until here its arrays are alive."""


@infer_getattr
class _Fields(AttributeTemplate):
    key = Held

    def generic_resolve(self, value: Held, attr: str) -> Any:
        """Return a field's type, or None where there is no such field."""
        return value.field(attr) if attr in value.inner.fields else None


@lower_getattr_generic(Held)
def _read_field(context: Any, builder: Any, held: Held, address: Any, name: str) -> Any:
    place = cgutils.gep_inbounds(builder, address, 0, held.inner.fields.index(name))
    kind = held.field(name)
    if isinstance(kind, Held):
        return place
    return impl_ret_borrowed(context, builder, kind, builder.load(place))


def _size(_typing: Any, value: Any) -> Any:
    def build(context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        size = context.get_abi_sizeof(context.get_value_type(value))
        return context.get_constant(types.int64, size)

    return types.int64(value), build


def _unowned(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Return the value with arrays that nobody counts the holders of."""
    if isinstance(kind, types.Array):
        array = context.make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()
    if isinstance(kind, (types.NamedTuple, types.NamedUniTuple)):
        for i, part in enumerate(kind.types):
            inner = _unowned(context, builder, part, builder.extract_value(value, i))
            value = builder.insert_value(value, inner, i)
    return value


def _store(_typing: Any, value: Any, address: Any) -> Any:
    def build(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        place = builder.inttoptr(arguments[1], ir.PointerType(arguments[0].type))
        builder.store(_unowned(context, builder, value, arguments[0]), place)
        return ir.Constant(ir.IntType(64), 0)

    return types.int64(value, address), build


_sizeof: Any = intrinsic(_size)
_store_at: Any = intrinsic(_store)


@njit(cache=True)
def _lay(value: Any, address: int) -> int:
    """Store a named tuple at an address, unless that is 0; return its bytes."""
    if address != 0:
        _store_at(value, address)
    return int(_sizeof(value))


class Kept:
    """A named tuple laid out once, of which compiled code is handed the address.

    Handing over the tuple itself takes half a millisecond for a hundred arrays, in every call.

    Parameters
    ----------
    value
        The tuple. Its arrays stay where they are, alive as long as this; what they hold may change.
    """

    def __init__(self, value: Any) -> None:
        self.value, self.kind = value, Held(typeof(value))
        self._memory = np.zeros(_lay(value, 0), np.uint8)
        self.address = int(self._memory.ctypes.data)
        _lay(value, self.address)


@typeof_impl.register(Kept)
def _kind_of(kept: Kept, _context: Any) -> Held:
    return kept.kind


@unbox(Held)
def _hand_over(kind: Held, kept: Any, c: Any) -> Any:
    number = c.pyapi.object_getattr_string(kept, "address")
    place = c.pyapi.long_as_voidptr(number)
    address = c.builder.bitcast(place, c.context.get_value_type(kind))
    c.pyapi.decref(number)
    return NativeValue(address)
