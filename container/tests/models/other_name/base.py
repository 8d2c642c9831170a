"""A module beside model.py."""


class Base:
    def predict(self, input):
        raise NotImplementedError

    def describe(self):
        return "deep"
