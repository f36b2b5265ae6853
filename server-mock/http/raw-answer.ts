// An answer that is not JSON: a stream of events, a file. The route has made sure of its content.

export class RawAnswer {
  constructor(
    readonly body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> | string,
    readonly headers: Readonly<Record<string, string>>,
  ) {}

  /** @param base what every answer carries */
  toResponse(base: Headers): Response {
    for (const [name, value] of Object.entries(this.headers)) base.set(name, value)
    return new Response(this.body, { status: 200, headers: base })
  }
}
