/**
 * The request that a source makes, as the server sees it: method, headers, cookies, cache. Requests to other origins
 * are in cross-origin.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { config } from './harness/config'
import type { Trial } from './harness/trial'

interface Echo {
  method: string
  url: string
  headers: Record<string, string[]>
  body: string
}

async function echo(trial: Trial, url = trial.at('/echo')): Promise<Echo> {
  const { source, recorder } = trial.listen(url)
  const { data } = await recorder.until('message')
  source.close()
  return JSON.parse(data) as Echo
}

describe('the request', () => {
  it('is a GET without a body', async (trial) => {
    const { method, body } = await echo(trial)
    assert.strictEqual(method, 'GET')
    assert.strictEqual(body, '')
  })

  it('accepts text/event-stream', async (trial) => {
    const { headers } = await echo(trial)
    assert.deepEqual(headers['accept'], ['text/event-stream'])
  })

  it('asks caches for nothing', async (trial) => {
    const { headers } = await echo(trial)
    assert.include(String(headers['cache-control']), 'no-cache')
  })

  it('has neither Last-Event-ID nor Content-Type nor Origin', async (trial) => {
    const { headers } = await echo(trial)
    for (const name of ['last-event-id', 'content-type', 'origin', 'content-length', 'x-requested-with']) {
      assert.notProperty(headers, name)
    }
  })

  it('is one of mode cors without a destination', async (trial) => {
    const { headers } = await echo(trial)
    assert.deepEqual(headers['sec-fetch-mode'], ['cors'])
    assert.deepEqual(headers['sec-fetch-dest'], ['empty'])
    assert.deepEqual(headers['sec-fetch-site'], ['same-origin'])
  })

  it('names its page or worker as Referer, where the engine names workers', async (trial) => {
    const { headers } = await echo(trial)
    const address = location.href.replace(/#.*/, '')
    if (config.scope === 'window') assert.deepEqual(headers['referer'], [address])
    else assert.include([address, undefined], headers['referer']?.[0])
  })

  it('keeps the query and leaves the fragment out', async (trial) => {
    const { url } = await echo(trial, `${trial.at('/echo', { q: 'a b&ü' })}#fragment`)
    assert.isTrue(url.includes('q=a%20b%26%C3%BC'), url)
    assert.notInclude(url, '#')
  })

  it('carries the cookies of the origin, with and without withCredentials', async (trial) => {
    const name = `c${trial.key.replaceAll('-', '')}`
    await fetch(trial.at('/cookies/set', { [name]: 'baked', key: undefined }))
    for (const withCredentials of [false, true]) {
      const source = trial.open(trial.at('/cookies/echo'), { withCredentials })
      const { data } = await trial.record(source).until('message')
      source.close()
      assert.include(data, `${name}=baked`)
    }
  })

  it('keeps the cookies that a stream sets', async (trial) => {
    const name = `s${trial.key.replaceAll('-', '')}`
    await trial.messages(trial.at('/stream', { body: 'data: x\n\n', header: `Set-Cookie:${name}=set; Path=/` }))
    const { recorder } = trial.listen(trial.at('/cookies/echo'))
    assert.include((await recorder.until('message')).data, `${name}=set`)
  })

  it('is made anew for each source, however cacheable the stream is', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', header: ['Cache-Control:public, max-age=3600', 'ETag:"1"'] })
    await trial.messages(url)
    await trial.messages(url)
    const requests = await trial.requests()
    assert.lengthOf(requests, 2)
    assert.notProperty(requests[1]!.headers, 'if-none-match')
  })

  it('is made once for each source', async (trial) => {
    const { recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    await recorder.until('message')
    assert.lengthOf(await trial.requests(), 1)
  })
})
