"""Has no room for its weights."""


class Model:
    def load(self, model_dir):
        raise MemoryError("no room for the weights")

    def predict(self, input):
        return input
