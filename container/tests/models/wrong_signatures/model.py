"""Every method takes the wrong arguments."""


class Model:
    def __init__(self, path):
        self.path = path

    def load(self):
        pass

    def predict(self, input, context):
        return input

    async def fit(self, ctx):
        pass
