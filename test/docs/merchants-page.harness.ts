import * as asyncHooks from 'node:async_hooks';
import * as crypto from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import * as nestAxios from '@nestjs/axios';
import * as nestCommon from '@nestjs/common';
import * as nestConfig from '@nestjs/config';
import * as nestCore from '@nestjs/core';
import * as nestTesting from '@nestjs/testing';
import axios from 'axios';
import * as lruCache from 'lru-cache';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as rxjs from 'rxjs';
import { namedBlocks, readPage } from '../support/documentation.js';
import { evaluate } from '../support/evaluated-examples.js';

export const page = readPage('merchants.md');

/** The page's examples, by file name. */
export const examples = namedBlocks(page);

const packages: Readonly<Record<string, unknown>> = {
  '@nestjs/axios': nestAxios,
  '@nestjs/common': nestCommon,
  '@nestjs/config': nestConfig,
  '@nestjs/core': nestCore,
  '@nestjs/testing': nestTesting,
  axios: { __esModule: true, default: axios },
  'lru-cache': lruCache,
  'nestjs-bank-auth': library,
  'nestjs-bank-auth/testing': testing,
  'node:async_hooks': asyncHooks,
  'node:crypto': crypto,
  'node:http': http,
  'node:https': https,
  rxjs,
};

type Exports = Record<string, any>;

/**
 * Runs examples of the page together, each once.
 * @param own files that the page leaves to its reader, or that stand in for one of it, by name
 * @param change of an example's code, for instance where it waits for too long
 */
export function loader(
  own: Readonly<Record<string, Exports>> = {},
  change: (code: string) => string = (code) => code,
): (name: string) => Exports {
  const loaded = new Map<string, Exports>(Object.entries(own));
  const load = (name: string): Exports => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const code = examples.get(name);
    if (code === undefined) throw new Error(`The page has no example ${name}`);
    const made = evaluate(change(code), importsOf(code, load));
    loaded.set(name, made);
    return made;
  };
  return load;
}

function importsOf(code: string, load: (name: string) => Exports): Record<string, unknown> {
  const relative = [...code.matchAll(/^import (?!type).* from '\.\/(.+)\.js';/gm)].map(
    ([, name]) => [`./${name}.js`, load(`${name}.ts`)] as const,
  );
  return { ...packages, ...Object.fromEntries(relative) };
}

/** Rows of the page's tables, as their cells. */
export const rows: readonly (readonly string[])[] = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

/** The row of a table that begins with this. */
export function row(first: string): readonly string[] {
  const found = rows.find(([cell]) => cell === first);
  if (found === undefined) throw new Error(`The page has no row "${first}"`);
  return found;
}

/** An order that the simulated bank takes. */
export const ORDER = {
  callback_url: 'https://shop.example/callback',
  external_order_id: 'order-1',
  purchase_units: {
    currency: 'GEL',
    total_amount: 10,
    basket: [{ product_id: 'book', quantity: 1, unit_price: 10 }],
  },
};
