/**
 * Two nginx with nchan that share one Redis, and a third nginx that spreads clients over them: the way a fan-out is
 * scaled past one machine. Starts, disturbs and ends the programs; knows nothing of event sources.
 */

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** Debian's place for servers is not on everybody's path. */
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` }

/** Milliseconds that a program may take to start or to end. */
const PATIENCE = 10_000

function findModule() {
  const { stderr, error } = spawnSync('nginx', ['-V'], { env, encoding: 'utf8' })
  if (error) return undefined
  const folder = /--modules-path=(\S+)/.exec(stderr)?.[1] ?? '/usr/lib/nginx/modules'
  const module = join(folder, 'ngx_nchan_module.so')
  return existsSync(module) ? module : undefined
}

/** What is not installed; undefined where all is there. */
export function missing() {
  const packages = []
  if (spawnSync('nginx', ['-v'], { env }).error) packages.push('nginx')
  if (!findModule()) packages.push('libnginx-mod-nchan')
  if (spawnSync('redis-server', ['--version'], { env }).error) packages.push('redis-server')
  return packages.length > 0 ? `not installed (names of Debian's packages): ${packages.join(', ')}` : undefined
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer()
      return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
    }),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function listens(port) {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

/** A program in a folder and a process group of its own. */
class Program {
  constructor(name, port, folder, command, isReady = () => listens(port)) {
    Object.assign(this, { name, port, folder, command, isReady })
  }

  async start() {
    const [program, ...args] = this.command
    this.child = spawn(program, args, { env, stdio: 'ignore', detached: true, cwd: this.folder })
    this.exited = new Promise((resolve) => this.child.once('exit', resolve).once('error', resolve))
    await this.untilReady()
  }

  async untilReady() {
    const end = Date.now() + PATIENCE
    while (!(await this.isReady().catch(() => false))) {
      if (Date.now() > end || this.child.exitCode !== null) throw new Error(`${this.name} did not start`)
      await setTimeout(20)
    }
  }

  /** Tells the program itself; nginx's master passes it on. */
  signal(name) {
    this.child.kill(name)
  }

  /** Ends the program and all that it started, without a word to any of them. */
  kill() {
    try {
      process.kill(-this.child.pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
    return this.exited
  }

  /** Tells it to end, and waits until it has. */
  async end(signal) {
    this.signal(signal)
    const ended = await Promise.race([this.exited.then(() => true), setTimeout(PATIENCE, false, { ref: false })])
    if (!ended) throw new Error(`${this.name} did not end at ${signal}`)
  }
}

/** What both kinds of nginx have in common. */
function nginxConfiguration(folder, modules, http) {
  return `
    ${modules.map((module) => `load_module ${module};`).join('\n')}
    ${process.getuid() === 0 ? 'user root;' : ''}
    daemon off;
    worker_processes 1;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log warn;
    events { worker_connections 512; }
    http {
      access_log off;
      client_body_temp_path ${folder}/body;
      proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi;
      scgi_temp_path ${folder}/scgi;
      ${http}
    }`
}

/** Publishes a message; gives the status of the answer. A connection of its own: one that is kept may be about to go. */
function publish(port, path, body) {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent: false }
    const answered = (response) =>
      response
        .resume()
        .once('end', () => resolve(response.statusCode))
        .once('error', reject)
    request(options, answered).once('error', reject).end(body)
  })
}

/** Whether it has its Redis: nginx listens before that, and refuses messages. */
async function isConnected(port) {
  return (await publish(port, '/ready', '')) < 300
}

function nginx(name, port, folder, modules, http, isReady) {
  mkdirSync(folder)
  const file = join(folder, 'nginx.conf')
  writeFileSync(file, nginxConfiguration(folder, modules, http))
  return new Program(name, port, folder, ['nginx', '-p', folder, '-c', file, '-e', join(folder, 'error.log')], isReady)
}

function nchan(name, port, folder, redisPort) {
  const http = `
    upstream redis { nchan_redis_server redis://127.0.0.1:${redisPort}; }
    server {
      listen 127.0.0.1:${port};
      nchan_message_buffer_length 100000;
      nchan_message_timeout 10m;
      location = /publish { nchan_publisher; nchan_channel_id numbers; nchan_redis_pass redis; }
      location = /subscribe {
        nchan_subscriber eventsource;
        nchan_channel_id numbers;
        nchan_redis_pass redis;
        nchan_subscriber_first_message oldest;
        add_header X-Served-By ${name};
      }
      location = /ready { nchan_publisher; nchan_channel_id ready; nchan_redis_pass redis; }
    }`
  return nginx(name, port, folder, [findModule()], http, () => isConnected(port))
}

function balancer(port, folder, ports) {
  const http = `
    upstream nchan { ${ports.map((each) => `server 127.0.0.1:${each} max_fails=0;`).join(' ')} }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://nchan;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_buffering off;
        proxy_read_timeout 1h;
      }
    }`
  return nginx('balancer', port, folder, [], http)
}

/** Starts everything; `stop()` ends and removes all of it. */
export async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'nchan-'))
  const [redisPort, first, second, front] = await freePorts(4)
  mkdirSync(join(folder, 'redis'))
  const redis = ['redis-server', '--port', String(redisPort), '--bind', '127.0.0.1', '--dir', join(folder, 'redis')]
  // Nothing on disk: what must outlive an nginx must not outlive the test.
  redis.push('--save', '', '--appendonly', 'no')
  const programs = [
    new Program('redis', redisPort, folder, redis),
    nchan('one', first, join(folder, 'one'), redisPort),
    nchan('two', second, join(folder, 'two'), redisPort),
    balancer(front, join(folder, 'balancer'), [first, second]),
  ]
  const stop = async () => {
    await Promise.all(programs.map((program) => program.child && program.kill()))
    rmSync(folder, { recursive: true, force: true })
  }
  const atExit = () => programs.forEach((program) => program.child && void program.kill())
  process.once('exit', atExit)
  try {
    for (const program of programs) await program.start()
  } catch (error) {
    await stop()
    throw error
  }
  const origin = (port) => `http://127.0.0.1:${port}`
  return {
    servers: [programs[1], programs[2]],
    address: origin(front),
    publish: (server, message) => publish(server.port, '/publish', message),
    stop: async () => {
      process.off('exit', atExit)
      await stop()
    },
  }
}
