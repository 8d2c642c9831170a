"""Imports what is not installed."""

import a_library_that_is_not_installed


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input
