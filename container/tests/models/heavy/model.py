"""Loads 200 MB, or what MEGABYTES says, counts its loads in a file, and leaves behind what LEAVES says."""

import mmap
import os
import socket
import subprocess
import threading


class Model:
    def load(self, model_dir):
        with (model_dir / "loads").open("a") as loads:
            loads.write(f"{os.getpid()}\n")
        self.weights = b"w" * (int(os.environ.get("MEGABYTES", "200")) << 20)
        self.kept = []
        leaves = os.environ.get("LEAVES")
        if leaves == "thread":
            threading.Thread(target=threading.Event().wait, name="refreshes", daemon=True).start()
        if leaves == "joined":
            worker = threading.Thread(target=self.kept.append, args=(1,))
            worker.start()
            worker.join()
        if leaves == "file":
            self.file = (model_dir / "loads").open()
        if leaves == "map":
            self.file = (model_dir / "loads").open("rb")
            self.map = mmap.mmap(self.file.fileno(), 0, access=mmap.ACCESS_READ)
        if leaves == "socket":
            self.near, self.far = socket.socketpair()
        if leaves == "process":
            self.process = subprocess.Popen(["/bin/sleep", "600"])

    def predict(self, input):
        self.kept.append(b"k" * input.get("keep", 0))
        return {"pid": os.getpid(), "weights": len(self.weights), "first": self.weights[0]}
