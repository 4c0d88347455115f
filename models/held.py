"""A packed tuple held by reference in compiled code.

A tuple of a hundred arrays is seven hundred values: handed to a function by value, every one of
them is moved by every caller and callee, and compiled again in each. `hold` puts the tuple on the
stack of the caller, and what is handed on is its address; fields read as those of the tuple.
"""

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.core.imputils import impl_ret_borrowed, lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, models, register_model


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
