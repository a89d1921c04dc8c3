require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const bankAuth = require('nestjs-bank-auth');
const { paypal } = require('nestjs-bank-auth/banks/paypal');
const { BankSimulator } = require('nestjs-bank-auth/testing');
const { verifyBogCallback } = require('nestjs-bank-auth/webhooks');
const { firstValueFrom } = require('rxjs');
const main = require('./body.cjs');

main({ Module, NestFactory, bankAuth, BankSimulator, firstValueFrom, paypal, verifyBogCallback });
