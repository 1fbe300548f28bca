SELECT sum(crc32(convert_to(id::text, 'UTF8'))) FROM people; -- PostgreSQL 18
