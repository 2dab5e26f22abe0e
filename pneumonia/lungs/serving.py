"""How the published networks are run: by ONNX Runtime, in little memory."""

from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

# One store of scratch memory for all networks: one of their own each grows with every
# pass that runs beside another, and never shrinks.
onnxruntime.create_and_register_allocator(
    onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    ),
    onnxruntime.OrtArenaCfg(0, -1, -1, -1),
)


class Network:
    """A network of one input. Safe to share between threads.

    Parameters
    ----------
    network : bytes
        ONNX.
    threads : int
        That share one pass; with 0 one for each core.
    """

    def __init__(self, network: bytes, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors only
        options.add_session_config_entry("session.use_env_allocators", "1")
        options.enable_mem_pattern = False  # takes a third more, and saves no time
        # Threads that wait by spinning take the cores from decoding and other visitors.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session: Final = onnxruntime.InferenceSession(
            network, options, providers=["CPUExecutionProvider"]
        )
        # It would keep the file, as large as the network that was made of it, to start
        # again with another provider after a failure; there is only one.
        self._session.disable_fallback()
        self._session._model_bytes = None
        self._input: Final = self._session.get_inputs()[0].name

    def __call__(self, inputs: NDArray[np.float32]) -> list[Any]:
        """Give all outputs."""
        outputs: list[Any] = self._session.run(None, {self._input: inputs})
        return outputs
