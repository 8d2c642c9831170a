"""Answers what it was asked."""


class Model:
    def load(self, model_dir):
        self.model_dir = model_dir

    def predict(self, input):
        return input
