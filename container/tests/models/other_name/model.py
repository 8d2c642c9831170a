"""The only class with predict() need not be called Model; what it imports from beside it is not taken for it."""

from base import Base


class Forest(Base):
    def load(self, model_dir):
        self.loaded = True

    def predict(self, input):
        return {"forest": self.describe()}


class Leaf:
    pass
