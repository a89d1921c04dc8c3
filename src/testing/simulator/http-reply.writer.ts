import type { ServerResponse } from 'node:http';
import type { HttpReply } from './http-call.types.js';

/** Writes a whole answer; nothing if the client has left. */
export function writeReply(response: ServerResponse, reply: HttpReply): void {
  if (response.destroyed || response.headersSent) return;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(reply.headers ?? {})) headers[name.toLowerCase()] = value;
  let payload = '';
  if (typeof reply.body === 'string') {
    payload = reply.body;
    headers['content-type'] ??= 'text/plain; charset=utf-8';
  } else if (reply.body !== undefined) {
    payload = JSON.stringify(reply.body);
    headers['content-type'] ??= 'application/json';
  }
  const bodiless = reply.status === 204 || reply.status === 304;
  if (!bodiless) headers['content-length'] ??= String(Buffer.byteLength(payload));
  response.writeHead(reply.status, headers);
  response.end(bodiless ? undefined : payload);
}
