/** An embedded server takes any. */
export const credentials = { accessKeyId: 'millrace', secretAccessKey: 'millrace' };
