SELECT sum(crc32(id)) FROM people; -- MySQL, MariaDB
