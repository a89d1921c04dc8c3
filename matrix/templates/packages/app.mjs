import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import * as bankAuth from 'nestjs-bank-auth';
import { paypal } from 'nestjs-bank-auth/banks/paypal';
import { BankSimulator } from 'nestjs-bank-auth/testing';
import { verifyBogCallback } from 'nestjs-bank-auth/webhooks';
import { firstValueFrom } from 'rxjs';
import main from './body.cjs';

await main({ Module, NestFactory, bankAuth, BankSimulator, firstValueFrom, paypal, verifyBogCallback });
