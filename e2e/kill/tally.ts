// How often each death was drawn for each moment, and how often it really came in it.
import type { Death, Moment } from './plan'
import { DEATHS, MOMENTS } from './plan'

/** From so many rounds on every kind and every moment is drawn several times: one that was never met proves nothing. */
export const MANY_ROUNDS = 50

interface Times {
  drawn: number
  met: number
}

export class Tally {
  private readonly times = new Map<string, Times>()
  private rounds = 0
  private met = 0

  note(death: Death, moment: Moment, hasMet: boolean): void {
    const times = this.timesOf(death, moment)
    times.drawn += 1
    this.rounds += 1
    if (!hasMet) return
    times.met += 1
    this.met += 1
  }

  /** @returns why the run proves nothing, in words */
  problems(): readonly string[] {
    if (this.rounds < MANY_ROUNDS) return []
    const problems = this.met < this.rounds / 2 ? [`only ${this.met} of ${this.rounds} deaths came in their moment`] : []
    for (const death of DEATHS) if (this.metOf([death], MOMENTS) === 0) problems.push(`no death of the kind ${death} came in its moment`)
    for (const moment of MOMENTS) if (this.metOf(DEATHS, [moment]) === 0) problems.push(`no death came in the moment ${moment}`)
    return problems
  }

  /** A line for each kind and moment that was drawn. */
  lines(): readonly string[] {
    return DEATHS.flatMap((death) =>
      MOMENTS.flatMap((moment) => {
        const { drawn, met } = this.timesOf(death, moment)
        return drawn === 0 ? [] : [`${death} in ${moment}: ${drawn} drawn, ${met} met`]
      }),
    )
  }

  private metOf(deaths: readonly Death[], moments: readonly Moment[]): number {
    return deaths.flatMap((death) => moments.map((moment) => this.timesOf(death, moment).met)).reduce((sum, it) => sum + it, 0)
  }

  private timesOf(death: Death, moment: Moment): Times {
    const name = `${death} ${moment}`
    const times = this.times.get(name) ?? { drawn: 0, met: 0 }
    this.times.set(name, times)
    return times
  }
}
