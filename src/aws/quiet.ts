const say = (): void => {};

/** The SDK's connections print what is told as a reason already: nothing that is not ours reaches the console. */
export const quiet = { trace: say, debug: say, info: say, warn: say, error: say };
