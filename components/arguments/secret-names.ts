// Without imports: the policy pack, which is compiled by its host with older settings, uses it too.

const secretNames = /(^|_)(password|passwd|secret|token|credentials?|(api|access|private)_?key)(_|$)/;

/** The last word of a name that only says where a secret is, or how much of something there is. */
const harmlessEndings = /_(arn|name|file|path|id|url|ttl|limit|count|length)$/;

/** Tokens of a vocabulary. */
const vocabulary = /(^|_)(pad|eos|bos|unk|mask|sep|cls|start|end|stop|image|special|max|min|num)_token(_|$)/;
const secretValues = /^(AKIA|ASIA)[A-Z0-9]{16}$|-----BEGIN [A-Z ]*PRIVATE KEY-----/;
const harmlessValues = /^(|true|false|none|null|arn:.*|s3:\/\/.*|\{\{resolve:.*)$/is;

/** Whether a setting that everybody may read who may describe the resource looks like a secret, by its name or its value. */
export function looksSecret(name: string, value: string): boolean {
  if (secretValues.test(value)) return true;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/-/g, "_")
    .toLowerCase();
  return !harmlessValues.test(value) && secretNames.test(words) && !harmlessEndings.test(words) && !vocabulary.test(words);
}
