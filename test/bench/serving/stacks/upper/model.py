"""Answers a text in capitals."""


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input.upper()
