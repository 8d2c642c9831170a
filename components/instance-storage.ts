/**
 * Instance families with NVMe disks of their own. AWS encrypts those disks itself and refuses a volume key for them
 * (https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html, KmsKeyId).
 */
const familiesWithLocalStorage =
  /^ml\.(c[567]g?d|c6id|c8gd|g4dn|g5|g6|g6e|g7e|gr6|m5d|m6gd|m6id|m7gd|p3dn|p4d|p4de|p5|p5e|p5en|r5d|r6gd|r6id|r7gd|trn1|trn1n|trn2|i3|i3en)\./;

export function hasLocalStorage(instanceType: string): boolean {
  return familiesWithLocalStorage.test(instanceType);
}
