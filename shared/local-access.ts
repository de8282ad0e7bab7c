/** How a client of the SDK reaches an emulator of the local stack, which takes any region and credentials. */
export function localAccess(endpoint: string) {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
}
