"""Two classes could be meant."""


class Cat:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return "cat"


class Dog:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return "dog"
