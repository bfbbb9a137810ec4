import type { Configuration } from '../config/configuration.js';
import { ConfigurationWatcher } from '../config/configuration-watcher.js';
import { compareConfigurations } from '../config/differences.js';
import type { JournalWriter } from '../journal/journal.js';
import { systemClock } from '../platform/clock.js';
import { Lifecycle } from '../platform/lifecycle.js';
import { messageOf } from '../platform/millrace-error.js';

interface LiveConfigurationOptions {
  /** The file that is watched; absolute. */
  readonly file: string;
  /** Reads it anew. */
  readonly load: () => Promise<Configuration>;
}

/** The runtime that a configuration is for. */
interface Configured {
  readonly apply: (configuration: Configuration) => Promise<void>;
  readonly journal: JournalWriter;
}

/**
 * Applies a configuration file whenever it is saved: what is the same goes on undisturbed. A file that is wrong, or changes
 * what only a restart can change, is told of and leaves everything as it is.
 */
export class LiveConfiguration {
  readonly #options: LiveConfigurationOptions;
  readonly #watcher: ConfigurationWatcher;
  readonly #life = new Lifecycle({ onStop: () => this.#watcher.close() });
  #current: Configuration | undefined;
  #target: Configured | undefined;
  #work: Promise<void> = Promise.resolve();

  /** Made before the file is loaded: what is written from now on is noticed. */
  constructor(options: LiveConfigurationOptions) {
    this.#options = options;
    this.#watcher = new ConfigurationWatcher({
      file: options.file,
      clock: systemClock,
      changed: () => {
        this.#work = this.#afterwards(this.#work);
        this.#life.track(this.#work);
      },
      cannotWatch: (because) => this.#say(because),
    });
  }

  start(current: Configuration, target: Configured): void {
    this.#current = current;
    this.#target = target;
    this.#watcher.start();
  }

  close(): Promise<void> {
    return this.#life.stop();
  }

  /** One after the other: the last state of the file is the last that is applied. */
  async #afterwards(before: Promise<void>): Promise<void> {
    await before;
    if (this.#life.isStopping || this.#current === undefined) return;
    try {
      const next = await this.#options.load();
      const { needsRestart } = compareConfigurations(this.#current, next);
      if (needsRestart.length > 0) {
        this.#say(`${this.#options.file} changes ${needsRestart.join(', ')}: restart millrace to apply it`);
        return;
      }
      await this.#target?.apply(next);
      this.#current = next;
      if (!this.#life.isStopping) this.#say(`${this.#options.file} was changed, and is applied`, 'info');
    } catch (error) {
      if (this.#life.isStopping) return; // the stop has cut it short
      for (const line of messageOf(error).split('\n')) this.#say(line.trim());
      this.#say('the configuration goes on as it was');
    }
  }

  #say(because: string, level: 'info' | 'warn' = 'warn'): void {
    this.#target?.journal.write({ type: 'notice', level, because });
  }
}
