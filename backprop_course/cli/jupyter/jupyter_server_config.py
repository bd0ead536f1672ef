# ruff: noqa: D100, F821
# What a widget asks of the kernel while it is dragged is no activity of the notebook. JupyterLab would draw
# its toolbar anew at each "busy" and each "idle", which takes longer than the widget's own answer.
from jupyter_server.services.kernels.kernelmanager import MappingKernelManager

c = get_config()  # type: ignore[name-defined]
c.MappingKernelManager.untracked_message_types = [
    *(MappingKernelManager.untracked_message_types.default() or ()),
    "comm_msg",
]
c.ServerApp.kernel_websocket_connection_class = "backprop_course.cli.connection.Prompt"
