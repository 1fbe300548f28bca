import type { OutputStream } from './output.ts'

/** The environment's variables. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What is known of the streams the command writes to. */
export interface Surroundings {
  /** A person reads stdout: tables, relative dates. */
  readonly terminal: boolean
  /** A person reads stderr, on a terminal whose lines can be drawn again: progress bars, questions. */
  readonly animated: boolean
  /** Characters in a line. */
  readonly width: number
  /** Colour on stdout. */
  readonly colour: boolean
  /** Colour on stderr. */
  readonly talkColour: boolean
}

const DEFAULT_WIDTH = 80
const NARROWEST = 20

/** Looks at the streams and at NO_COLOR, FORCE_COLOR, CI, TERM and COLUMNS. */
export function surroundingsOf(
  streams: { readonly stdout: OutputStream; readonly stderr: OutputStream },
  environment: Environment,
  options: { readonly noColour: boolean },
): Surroundings {
  const { stdout, stderr } = streams
  const dumb = environment['TERM'] === 'dumb'
  const wanted = options.noColour ? false : wantedColour(environment)
  const columns = stdout.columns ?? stderr.columns ?? Number(environment['COLUMNS'])
  return {
    terminal: stdout.isTTY === true,
    animated: stderr.isTTY === true && !dumb && !isSet(environment['CI']),
    width: columns > 0 ? Math.max(NARROWEST, Math.floor(columns)) : DEFAULT_WIDTH,
    colour: wanted ?? (stdout.isTTY === true && !dumb),
    talkColour: wanted ?? (stderr.isTTY === true && !dumb),
  }
}

/** FORCE_COLOR goes before NO_COLOR, as in Node itself: https://nodejs.org/api/tty.html#writestreamgetcolordepthenv */
function wantedColour(environment: Environment): boolean | undefined {
  const force = environment['FORCE_COLOR']
  if (force !== undefined) return force !== '0' && force !== 'false'
  return environment['NO_COLOR'] ? false : undefined
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
