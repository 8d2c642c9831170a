"""Returns or raises what the request names: things that break whoever writes or shows them."""

import os
import sys


class NoList:
    def tolist(self):
        raise ValueError("no list today")


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


def endless():
    inner = []
    inner.append(inner)
    return inner


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        if input == "tolist":
            return NoList()
        if input == "endless":
            return endless()
        if input == "surrogate":
            return "\udcff"
        if input == "unspeakable":
            raise Unspeakable
        if input == "no unicode":
            raise ValueError("file \udcff is not there")
        if input == "close output":
            sys.stdout.close()
            sys.stderr.close()
        if input == "output that does not block":
            os.set_blocking(1, False)
            os.set_blocking(2, False)
        return {"fine": input}
