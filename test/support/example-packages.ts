import * as nestAxios from '@nestjs/axios';
import * as nestCommon from '@nestjs/common';
import * as nestConfig from '@nestjs/config';
import * as nestCore from '@nestjs/core';
import * as nestTesting from '@nestjs/testing';
import * as library from 'nestjs-bank-auth';
import * as testing from 'nestjs-bank-auth/testing';
import * as rxjs from 'rxjs';

/** What examples for newcomers import, by its name. */
export const examplePackages = {
  '@nestjs/axios': nestAxios,
  '@nestjs/common': nestCommon,
  '@nestjs/config': nestConfig,
  '@nestjs/core': nestCore,
  '@nestjs/testing': nestTesting,
  'nestjs-bank-auth': library,
  'nestjs-bank-auth/testing': testing,
  rxjs,
};
