/** The package's declarations against the contract, both ways: what one can be used as, the other can. */

import * as ours from 'eventsource-wasm'
import * as parser from 'eventsource-wasm/parser'
import * as slim from 'eventsource-wasm/slim'
import type * as contract from './contract.js'

/** Compiles only where `From` can stand where `To` is asked for. */
type Assignable<From extends To, To> = [From, To]

// The class, its constructor's side included.
export type Instance = Assignable<ours.EventSource, contract.EventSource>
export type NamedInstance = Assignable<ours.EventSource<{ ping: string }>, contract.EventSource<{ ping: string }>>
export type Class = Assignable<typeof ours.EventSource, typeof contract.EventSource>
// A class with private members is nominal, so back it goes member by member.
export type Members = Assignable<
  Pick<contract.EventSource, keyof contract.EventSource>,
  Pick<ours.EventSource, keyof ours.EventSource>
>
export type SameNames = Assignable<keyof ours.EventSource, keyof contract.EventSource>
export type SameNamesBack = Assignable<keyof contract.EventSource, keyof ours.EventSource>
export type SameStatics = Assignable<keyof typeof ours.EventSource, keyof typeof contract.EventSource>
export type SameStaticsBack = Assignable<keyof typeof contract.EventSource, keyof typeof ours.EventSource>
export type Arguments = Assignable<
  ConstructorParameters<typeof contract.EventSource>,
  ConstructorParameters<typeof ours.EventSource>
>
export type ArgumentsBack = Assignable<
  ConstructorParameters<typeof ours.EventSource>,
  ConstructorParameters<typeof contract.EventSource>
>

// Options, in both directions: who writes them and who reads them.
export type Init = Assignable<ours.EventSourceInit, contract.EventSourceInit>
export type InitBack = Assignable<contract.EventSourceInit, ours.EventSourceInit>
export type Policy = Assignable<ours.RetryPolicy, contract.RetryPolicy>
export type PolicyBack = Assignable<contract.RetryPolicy, ours.RetryPolicy>
export type PolicyNames = Assignable<keyof contract.RetryPolicy, keyof ours.RetryPolicy>

// What functions and listeners are given.
export type Attempt = Assignable<ours.ConnectionAttempt, contract.ConnectionAttempt>
export type AttemptBack = Assignable<contract.ConnectionAttempt, ours.ConnectionAttempt>
export type Failure = Assignable<ours.ConnectionFailure, contract.ConnectionFailure>
export type FailureBack = Assignable<contract.ConnectionFailure, ours.ConnectionFailure>
export type Info = Assignable<ours.ResponseInfo, contract.ResponseInfo>
export type InfoBack = Assignable<contract.ResponseInfo, ours.ResponseInfo>
export type Open = Assignable<ours.EventSourceOpenEvent, contract.EventSourceOpenEvent>
export type OpenBack = Assignable<contract.EventSourceOpenEvent, ours.EventSourceOpenEvent>
export type Failed = Assignable<ours.EventSourceErrorEvent, contract.EventSourceErrorEvent>
export type FailedBack = Assignable<contract.EventSourceErrorEvent, ours.EventSourceErrorEvent>

// Every entry that has the class has the same types; each is bundled with a class of its own.
export type SlimNames = Assignable<keyof slim.EventSource, keyof contract.EventSource>
export type SlimClass = Assignable<typeof slim.EventSource, typeof contract.EventSource>

// The parser.
export type Message = Assignable<parser.EventSourceMessage, contract.EventSourceMessage>
export type MessageBack = Assignable<contract.EventSourceMessage, parser.EventSourceMessage>
export type Callbacks = Assignable<parser.ParserCallbacks, contract.ParserCallbacks>
export type CallbacksBack = Assignable<contract.ParserCallbacks, parser.ParserCallbacks>
export type Parser = Assignable<parser.EventSourceParser, contract.EventSourceParser>
export type ParserBack = Assignable<contract.EventSourceParser, parser.EventSourceParser>
export type Create = Assignable<typeof parser.createParser, typeof contract.createParser>
export type CreateBack = Assignable<typeof contract.createParser, typeof parser.createParser>
export type Trouble = Assignable<parser.ParseError, contract.ParseError>
export type TroubleBack = Assignable<contract.ParseError, parser.ParseError>
export type Stream = Assignable<typeof parser.EventSourceParserStream, typeof contract.EventSourceParserStream>
export type StreamBack = Assignable<typeof contract.EventSourceParserStream, typeof parser.EventSourceParserStream>
export type Events = Assignable<typeof parser.events, typeof contract.events>
export type EventsBack = Assignable<typeof contract.events, typeof parser.events>
