"""fit() meets a misspelt column, one call down."""


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input

    def fit(self, ctx):
        rows = [{"petal_length": 1.4}]
        self.features(rows)

    def features(self, rows):
        return [row["petal_lenght"] for row in rows]
