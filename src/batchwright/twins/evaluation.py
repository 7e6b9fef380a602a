"""Call a compiled function with numpy arrays and nothing in between.

CasADi's own call turns every array into a matrix of its own and back, which costs as much as integrating a small model.
Here the arrays are written into fixed memory that the function reads and writes itself.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import numpy as np

from batchwright.twins._casadi import CasadiFunction, casadi, quietly
from batchwright.twins.model import Array


class Evaluator:
    """A compiled function of dense arrays.

    Args:
        function: CasADi function.
    """

    def __init__(self, function: CasadiFunction) -> None:
        self._function = function
        self._busy = threading.Lock()
        dense = all(function.sparsity_in(i).is_dense() for i in range(function.n_in()))
        dense &= all(function.sparsity_out(i).is_dense() for i in range(function.n_out()))
        self._dense = dense
        # CasADi stores by column: memory of shape (columns, rows), seen transposed.
        self._arguments = [np.zeros(function.size_in(i)[::-1]) for i in range(function.n_in())]
        self._results = [np.zeros(function.size_out(i)[::-1]) for i in range(function.n_out())]
        if dense:
            self._buffer, self._run = function.buffer()
            for index, memory in enumerate(self._arguments):
                self._buffer.set_arg(index, memory.data)
            for index, memory in enumerate(self._results):
                self._buffer.set_res(index, memory.data)

    def __call__(self, *arrays: Sequence[float] | Array) -> list[Array]:
        """Evaluate the function.

        Args:
            *arrays: One per argument, of shape (rows, columns) or flat for a single column.

        Returns:
            One array (rows, columns) per result.

        Raises:
            RuntimeError: The function failed.
        """
        # Of two threads the second takes the slow way, which has memory of its own.
        if not self._dense or not self._busy.acquire(blocking=False):
            with quietly():
                found = self._function.call(list(arrays))
            return [np.array(casadi.DM(value).full(), dtype=float) for value in found]
        try:
            for memory, array in zip(self._arguments, arrays, strict=True):
                given = np.asarray(array, dtype=float)
                memory[...] = given.T if given.ndim == 2 else given.reshape(memory.shape)
            with quietly():
                self._run()
            return [memory.T.copy() for memory in self._results]
        finally:
            self._busy.release()
